"""record_message up to its first statement: imported, connected, one envelope read."""

import functions.record_message.handler  # noqa: F401
from auzap.channels.whatsapp import inbound
from bench.cold_programs.first_statement import send

inbound.read(
    {
        "v": 1,
        "channel": "whatsapp",
        "received_at": 1_795_233_601_500,
        "account": "106540352242922",
        "kind": "message",
        "id": "wamid.1",
        "element": {
            "from": "5511955550001",
            "id": "wamid.1",
            "timestamp": "1795233600",
            "type": "text",
            "text": {"body": "Quero agendar um banho para o Thor"},
        },
        "person": {"wa_id": "5511955550001", "profile_name": "Célia"},
    }
)
send("SELECT * FROM app.find_channel_account('whatsapp', '106540352242922')")
