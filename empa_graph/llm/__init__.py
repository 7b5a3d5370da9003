"""Language models behind one small protocol; the only module that knows langchain."""

from empa_graph.llm.chat import Chat, ChatParameters, Completion, Prompt, ToolCall, probe
from empa_graph.llm.endpoint import check_reachable
from empa_graph.llm.limiter import AdaptiveLimiter, Limiters
from empa_graph.llm.local import LocalServer, close_local_servers
from empa_graph.llm.location import LOCATION, Location, Meter
from empa_graph.llm.metered import MeteredChat
from empa_graph.llm.prices import Price, Prices, load_prices
from empa_graph.llm.resolve import resolve_chat
from empa_graph.llm.scripted import ScriptedChat

__all__ = [
    "LOCATION",
    "AdaptiveLimiter",
    "Chat",
    "ChatParameters",
    "Completion",
    "Limiters",
    "LocalServer",
    "Location",
    "Meter",
    "MeteredChat",
    "Price",
    "Prices",
    "Prompt",
    "ScriptedChat",
    "ToolCall",
    "check_reachable",
    "close_local_servers",
    "load_prices",
    "probe",
    "resolve_chat",
]
