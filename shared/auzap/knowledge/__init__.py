"""What the shop has taught its agent: questions with their answers, and documents cut into pieces."""
