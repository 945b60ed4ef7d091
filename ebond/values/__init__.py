"""What values are by themselves, whatever defines or carries them: numbers and texts. Pure, and below all else."""
