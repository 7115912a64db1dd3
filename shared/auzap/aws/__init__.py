"""The few AWS calls the hot path makes, signed by ourselves: boto3 costs a cold start 300 ms."""
