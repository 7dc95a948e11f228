"""Which wire format is spoken where, and which hosts are model providers.

A provider's host is known by name, so that a call which no format here understands is still seen to be one, and can
be refused where a policy counts money or guards personal data. On every other host the path tells: OpenAI-compatible
servers are anywhere.

The hosts are those of the `api_pattern`s in genai-prices' provider data (a test compares), reduced to what is a model
interface: that data claims all of googleapis.com and all of modal.run.
"""

from __future__ import annotations

import functools
import json
import re
from typing import Any, NamedTuple
from urllib.parse import unquote

from akios_jail.policy import json_size
from akios_jail.providers import mcp, strictjson
from akios_jail.providers.anthropic_hosted import BEDROCK, VERTEX, AnthropicHosted
from akios_jail.providers.anthropic_messages import AnthropicMessages
from akios_jail.providers.bedrock_converse import BedrockConverse
from akios_jail.providers.google_generate import GoogleGenerate
from akios_jail.providers.neutral import Call, Wire
from akios_jail.providers.openai_chat import OpenAIChat
from akios_jail.providers.openai_embeddings import OpenAIEmbeddings
from akios_jail.providers.openai_responses import OpenAIResponses
from akios_jail.providers.strictjson import Unreadable

WIRES: tuple[Wire, ...] = (
    OpenAIChat(),
    OpenAIResponses(),
    OpenAIEmbeddings(),
    AnthropicMessages(),
    GoogleGenerate(),
    BedrockConverse(),
    AnthropicHosted(BEDROCK),
    AnthropicHosted(VERTEX),
)

#: Paths and hosts of which it is remembered what they are: agents call the same few again and again.
_REMEMBERED = 256
_SLASHES = re.compile(r"/{2,}")
#: How often a path is decoded to recognise it; the broker sends none on that is encoded more often.
_LAYERS = 4
#: Model interfaces that no format here reads. On a provider's host they are refused as all that is unknown there; on
#: any other host they are told by what they carry: a model, and something for it.
_UNREAD = (
    "/completions",
    "/responses/compact",
    "/images/generations",
    "/images/edits",
    "/audio/speech",
    "/messages/batches",
    "/rerank",
    "/api/chat",
    "/api/generate",
    "/api/embed",
    "/api/embeddings",
    "/agents/completions",
    "/v1/batches",
    "/v1/threads/runs",
    "/submit_tool_outputs",
)
#: The same where the model stands in the path, which tells them on any host.
_UNREAD_VERBS = re.compile(
    r":(?:embedcontent|batchembedcontents|asyncbatchembedcontent|batchgeneratecontent|bidigeneratecontent)$"
)
_FOR_A_MODEL = frozenset(("documents", "input", "messages", "prompt", "query", "requests"))
#: The same for runs of what a provider keeps, which names its model itself: a run on a thread, a file of calls.
_UNREAD_RUNS = re.compile(r"/v1/threads/[^/]+/runs$")
_FOR_A_RUN = frozenset(("agent_id", "assistant_id", "input_file_id", "tool_outputs"))
#: Answers that a provider keeps, to be fetched when they are ready.
_KEPT = re.compile(
    r"/(?:responses|conversations|threads|interactions|sessions|batches|batchpredictionjobs|async-invoke|predictions"
    r"|evals|deferred-completions?|chat/completions)(?:/|$)|/(?:v1|v1beta|openai)/files/[^/]+(?:/content|:download)$"
)
#: The same on a host that is nobody's we know, by the ids that these interfaces give out, and the paths of few others.
_KEPT_ANYWHERE = re.compile(
    r"/responses/resp_[^/]|/conversations/conv_[^/]+/items|/threads/thread_[^/]+/(?:messages|runs)"
    r"|/messages/batches/[^/]+/results$|/files/file[-_][^/]+/content$|/v1/batches/batch_[^/]"
    r"|/chat/completions(?:/[^/]+)*$|/chat/deferred-completions?/[^/]"
)
#: Ends of paths where a POST without a body only stops what runs.
_STOPS = ("/cancel",)


class ModelHost(NamedTuple):
    """`host`: a name, or `*.name` for any depth below it. `path`: where the model interface begins on that host.
    `provider`: its id in the price list."""

    host: str
    provider: str
    path: str = "/"


MODEL_HOSTS = (
    ModelHost("api.anthropic.com", "anthropic"),
    ModelHost("api.openai.com", "openai"),
    ModelHost("*.api.openai.com", "openai"),
    ModelHost("aiplatform.googleapis.com", "google"),
    ModelHost("*.aiplatform.googleapis.com", "google"),
    ModelHost("aiplatform.*.rep.googleapis.com", "google"),
    ModelHost("*-aiplatform.googleapis.com", "google"),
    ModelHost("generativelanguage.googleapis.com", "google"),
    ModelHost("api.ai21.com", ""),
    ModelHost("api.arcee.ai", "arcee"),
    ModelHost("api.avian.io", "avian"),
    ModelHost("api.cerebras.ai", "cerebras"),
    ModelHost("api.cloudflare.com", "cloudflare", "/client/v4/accounts/*/ai/"),
    ModelHost("gateway.ai.cloudflare.com", ""),
    ModelHost("api.cohere.ai", "cohere"),
    ModelHost("api.cohere.com", "cohere"),
    ModelHost("*.cloud.databricks.com", "databricks", "/serving-endpoints/"),
    ModelHost("*.cloud.databricks.com", "databricks", "/ai-gateway/"),
    ModelHost("*.azuredatabricks.net", "databricks", "/serving-endpoints/"),
    ModelHost("*.azuredatabricks.net", "databricks", "/ai-gateway/"),
    ModelHost("*.gcp.databricks.com", "databricks", "/serving-endpoints/"),
    ModelHost("*.gcp.databricks.com", "databricks", "/ai-gateway/"),
    ModelHost("api.deepinfra.com", ""),
    ModelHost("api.deepseek.com", "deepseek"),
    ModelHost("api.doubleword.ai", "doubleword"),
    ModelHost("api.elevenlabs.io", "elevenlabs"),
    ModelHost("api.us.elevenlabs.io", "elevenlabs"),
    ModelHost("*.residency.elevenlabs.io", "elevenlabs"),
    ModelHost("api.fireworks.ai", "fireworks"),
    ModelHost("api.githubcopilot.com", "github-copilot"),
    ModelHost("*.githubcopilot.com", "github-copilot"),
    ModelHost("models.github.ai", ""),
    ModelHost("api.groq.com", "groq"),
    ModelHost("api-inference.huggingface.co", ""),
    ModelHost("router.huggingface.co", ""),
    ModelHost("inference.baseten.co", "baseten"),
    ModelHost("integrate.api.nvidia.com", ""),
    ModelHost("api.meta.ai", "meta"),
    ModelHost("api.minimax.io", "minimax"),
    ModelHost("api.minimaxi.com", "minimax"),
    ModelHost("api.mistral.ai", "mistral"),
    ModelHost("codestral.mistral.ai", "mistral"),
    ModelHost("api.moonshot.ai", "moonshotai"),
    ModelHost("api.moonshot.cn", "moonshotai"),
    ModelHost("api.novita.ai", "novita"),
    ModelHost("oai.endpoints.kepler.ai.cloud.ovh.net", "ovhcloud"),
    ModelHost("openrouter.ai", "openrouter"),
    ModelHost("api.openrouter.ai", "openrouter"),
    ModelHost("api.perplexity.ai", "perplexity"),
    ModelHost("api.quicksilverpro.io", "quicksilverpro"),
    ModelHost("api.replicate.com", ""),
    ModelHost("api.sambanova.ai", ""),
    ModelHost("api.stability.ai", ""),
    ModelHost("api.together.xyz", "together"),
    ModelHost("api.together.ai", "together"),
    ModelHost("api.typesafe.ai", "typesafe"),
    ModelHost("api.voyageai.com", "voyageai"),
    ModelHost("api.x.ai", "x-ai"),
    ModelHost("*.api.x.ai", "x-ai"),
    ModelHost("api.z.ai", "zai"),
    ModelHost("open.bigmodel.cn", "zhipuai"),
    ModelHost("*.openai.azure.com", "azure"),
    ModelHost("*.cognitiveservices.azure.com", "azure"),
    ModelHost("*.services.ai.azure.com", "azure"),
    ModelHost("*.inference.ai.azure.com", "azure"),
    ModelHost("*.azure-api.net", "azure", "/openai/"),
    ModelHost("bedrock-runtime.*.amazonaws.com", "aws"),
    ModelHost("bedrock-runtime-fips.*.amazonaws.com", "aws"),
    ModelHost("bedrock-runtime.*.amazonaws.com.cn", "aws"),
    ModelHost("bedrock-runtime.*.api.aws", "aws"),
    ModelHost("bedrock-runtime-fips.*.api.aws", "aws"),
    ModelHost("bedrock-mantle.*.api.aws", "aws"),
    ModelHost("bedrock-agent-runtime.*.amazonaws.com", "aws"),
    ModelHost("*.vpce.amazonaws.com", "aws", "/model/"),
)


@functools.lru_cache(maxsize=_REMEMBERED)
def normal_path(path: str) -> str:
    """The path by which a request is recognised: decoded, no doubled or trailing slash, lower case, and each segment
    without parameters (`;x`) and what Windows drops from its end.

    Only for recognising: a server that is lenient in any of these must not receive what was not recognised here.
    """
    for _ in range(_LAYERS):
        if "%" not in path:
            break
        path = unquote(path)
    path = _SLASHES.sub("/", path.replace("\\", "/")).lower()
    segments: list[str] = []
    for segment in path.split("/"):
        segment = segment.partition(";")[0]
        if segment == "..":
            del segments[max(1, len(segments) - 1) :]
        elif segment != ".":
            segments.append(segment.rstrip(". "))
    # A segment of nothing but what is dropped leaves another slash.
    return _SLASHES.sub("/", "/".join(segments)).rstrip("/") or "/"


@functools.lru_cache(maxsize=_REMEMBERED)
def model_host(host: str, path: str) -> ModelHost | None:
    """The model provider's interface that this is, if it is one."""
    host = host.lower().rstrip(".")
    path = normal_path(path) + "/"
    for entry in MODEL_HOSTS:
        if _host_matches(entry.host, host) and _path_begins(entry.path, path):
            return entry
    return None


@functools.lru_cache(maxsize=_REMEMBERED)
def spoken(path: str) -> Wire | None:
    """The wire format that a POST to this path is of, whatever the host."""
    path = normal_path(path)
    return next((wire for wire in WIRES if wire.speaks(path)), None)


def query_of(call: Call, before: str = "") -> str:
    """The query for this call where `before` was another call's: it says how a stream is framed, where a query does."""
    if not isinstance(call.wire, GoogleGenerate):
        return before
    return call.wire.query_of(call, before)


def fetches_answer(host: str, method: str, path: str) -> bool:
    """Whether a request asks for what a model answered before, which nobody looked at then."""
    kept = _KEPT_ANYWHERE if model_host(host, path) is None else _KEPT
    return method in ("GET", "HEAD") and kept.search(normal_path(path)) is not None


@functools.lru_cache(maxsize=_REMEMBERED)
def may_be_call(host: str, path: str) -> bool:
    """Whether a request to this path can be a model call, so that its body must be looked at."""
    return spoken(path) is not None or model_host(host, path) is not None or _is_unread(normal_path(path))


def understand(host: str, method: str, path: str, body: bytes, query: str = "") -> Call | None:
    """The model call that this request is, or None if it is not one.

    `Unreadable` when it must be a model call and is not one that can be read: a body for a model host that no wire
    format here explains, a body on a model path that is not what the format says, a call by another method than POST,
    which a lenient server may take for one, or a POST without a body that makes a model host do something.
    """
    known = model_host(host, path)
    if not body:
        if known is not None and method not in ("GET", "HEAD", "OPTIONS", "DELETE"):
            if method == "POST" and normal_path(path).endswith(_STOPS):
                return None
            raise Unreadable(f"no known model interface takes a {method} without a body at {path[:120]}")
        return None
    wire = spoken(path)
    if known is not None and (wire is None or method != "POST"):
        raise _unknown(method, path)
    if wire is None:
        unread = _is_unread(normal_path(path)) and (_is_for_a_model(body) or _is_for_a_run(body))
        if unread or _UNREAD_VERBS.search(normal_path(path)):
            raise _unknown(method, path)
        return None
    if method != "POST" and not _is_for_a_model(body):
        return None
    perhaps = known is None and wire.shared_path
    try:
        document: Any = strictjson.loads(body)
    except Unreadable:
        if perhaps and not _is_for_a_model(body):
            return None
        raise
    if not isinstance(document, dict) or not wire.resembles(document):
        if perhaps and not (_is_unread(normal_path(path)) and _is_for_a_model(body)):
            return None
        raise Unreadable("it is not an object with a model and messages")
    if method != "POST":
        raise _unknown(method, path)
    if mcp.names_call(document):
        # To a tool server that takes any path it would be a call that is judged as nothing but words to a model.
        raise Unreadable("it is a call to a model and to a tool at once")
    if isinstance(wire, GoogleGenerate):
        wire = wire.asked_by(query)
    return wire.read(known.provider if known else "", host.lower(), normal_path(path), document)


def _is_unread(path: str) -> bool:
    return path.endswith(_UNREAD) or _UNREAD_VERBS.search(path) is not None or _UNREAD_RUNS.search(path) is not None


def _unknown(method: str, path: str) -> Unreadable:
    return Unreadable(f"no known model interface takes a {method} with a body at {path[:120]}")


def _is_for_a_model(body: bytes) -> bool:
    """Whether a body for nobody's host that we know is a model call of a kind that no wire format here reads."""
    if json_size.excess(body.decode("utf-8", "replace")):
        return True  # it may be
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and not _FOR_A_MODEL.isdisjoint(document) and "model" in document


def _is_for_a_run(body: bytes) -> bool:
    """Whether a body makes a provider run what it keeps, which names its model itself."""
    if json_size.excess(body.decode("utf-8", "replace")):
        return True  # it may
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and not _FOR_A_RUN.isdisjoint(document)


def _host_matches(pattern: str, host: str) -> bool:
    before, star, after = pattern.partition("*")
    if not star:
        return host == pattern
    return host.startswith(before) and host.endswith(after) and len(host) > len(before) + len(after)


def _path_begins(pattern: str, path: str) -> bool:
    if "*" not in pattern:
        return path.startswith(pattern)
    before, _, after = pattern.partition("*")
    return path.startswith(before) and after in path[len(before) :]
