"""Questions to the team, and the answers on their way back."""
