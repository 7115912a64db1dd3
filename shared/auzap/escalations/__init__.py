"""Questions that the agent cannot answer: to the shop's owner, and the answer back to the right customer."""
