"""Language models behind one small protocol; the only module that knows langchain."""

from empa_graph.llm.chat import Chat, ChatParameters, Completion, Prompt, probe
from empa_graph.llm.endpoint import check_reachable
from empa_graph.llm.local import LocalServer, close_local_servers
from empa_graph.llm.resolve import resolve_chat
from empa_graph.llm.scripted import ScriptedChat

__all__ = [
    "Chat",
    "ChatParameters",
    "Completion",
    "LocalServer",
    "Prompt",
    "ScriptedChat",
    "check_reachable",
    "close_local_servers",
    "probe",
    "resolve_chat",
]
