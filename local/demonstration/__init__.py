"""What the demonstration shop holds, by subject."""
