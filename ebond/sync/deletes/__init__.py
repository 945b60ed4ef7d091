"""What follows where one record of a link was deleted: decided purely, done once, and undone where it comes back."""
