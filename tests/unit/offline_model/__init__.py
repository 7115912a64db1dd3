"""The offline model, talked to over HTTP by a tiny pet shop held in memory."""
