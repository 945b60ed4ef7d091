"""What a side is told where the other side's record leaves the scope, and what follows where it comes back."""
