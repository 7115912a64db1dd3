"""The names by which WhatsApp knows a person."""

# In the order of what they prove: a BSUID is one account, a number may change hands, a LID only hides one.
IDENTITIES = ("bsuid", "wa_id", "lid")
LONGEST_IDENTITY = 160
