"""answer_conversation up to its first answer of the model: imported, connected to everything, one question asked."""

import os
import time

import functions.answer_conversation.handler  # noqa: F401
from auzap import runtime
from auzap.agent.client_agent import CLIENT_AGENT
from auzap.agent.model import Model
from auzap.channels.whatsapp import graph
from bench.cold_programs.first_statement import send

runtime.aws("kms")
send("SELECT settings_version FROM app.begin_tenant('01990000-0000-7000-8000-000000000001', 'agent')")
graph._connection("https", "graph.facebook.com", 2)
model = Model(os.environ["BENCH_MODEL_URL"], "none", ["bench"])
model.ask([{"role": "user", "content": "Quanto custa o banho?"}], CLIENT_AGENT.schemas, deadline=time.monotonic() + 300)
