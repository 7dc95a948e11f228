"""Keys of those who serve models, and of what is built around them."""

from __future__ import annotations

from akios_jail.pii.detectors.secrets.form import BASE62, BASE64, BASE64URL, HEX, Form

MODELS = (
    Form("an Anthropic key", ("sk-ant-",), BASE64URL, 20, 200, bare=True),
    Form("an OpenAI key", ("sk-proj-", "sk-svcacct-", "sk-admin-", "sk-None-"), BASE64URL, 20, 230, bare=True),
    Form("an OpenRouter key", ("sk-or-v1-", "sk-or-"), HEX, 32, 64, bare=True),
    Form("a Langfuse key", ("sk-lf-",), "0-9a-f-", 36),
    Form("a test or live key", ("sk-test-", "sk-live-", "sk-prod-"), BASE64URL, 16, 200),
    # OpenAI's first form, and that of many who speak its protocol.
    Form("an OpenAI key", ("sk-",), BASE62, 20, 120),
    Form("a Google API key", ("AIza",), BASE64URL, 30, 45),
    Form("a Hugging Face token", ("hf_", "api_org_"), BASE62, 24, 60, mixed=False),
    Form("a Groq key", ("gsk_",), BASE62, 40, 60),
    Form("an xAI key", ("xai-",), BASE62, 40, 100),
    Form("a Perplexity key", ("pplx-",), BASE62, 32, 64),
    Form("a Replicate token", ("r8_",), BASE62, 37, 40),
    Form("an NVIDIA key", ("nvapi-",), BASE64URL, 40, 80),
    Form("a Cerebras key", ("csk-",), BASE62, 32, 64),
    Form("a LangSmith key", ("lsv2_pt_", "lsv2_sk_"), HEX, 32, 32, rest=r"(?:_[0-9a-f]{10})?"),
    Form("a Tavily key", ("tvly-",), BASE64URL, 20, 60),
    Form("a Pinecone key", ("pcsk_",), BASE64URL, 40, 100),
    Form("a Jina key", ("jina_",), BASE64URL, 40, 80),
    Form("an ElevenLabs key", ("sk_",), HEX, 48),
    Form("a Fireworks key", ("fw_",), BASE62, 22, 40),
    Form("a Baidu key", ("bce-v3/ALTAK-",), "A-Za-z0-9/", 40, 80, bare=True),
    Form("a Volcengine key", ("AKLT",), BASE62, 40, 64, confidence=0.85),
    Form("a Brave key", ("BSA",), BASE64URL, 27, 30, confidence=0.85),
    Form("a Modal token", ("ak-", "as-"), BASE62, 22),
    Form("a Mem0 key", ("m0-",), BASE62, 40),
    Form("a Cartesia key", ("sk_car_",), BASE64URL, 20, 60),
    Form("an Amazon Bedrock key", ("ABSK",), BASE64, 60, 200, rest="={0,2}"),
)
