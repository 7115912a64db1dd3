"""Training: the assessment, the plan that follows from it, and its sessions."""
