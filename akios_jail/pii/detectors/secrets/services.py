"""Keys of those who send messages, take payments and keep documents."""

from __future__ import annotations

from akios_jail.pii.detectors.secrets.form import BASE62, BASE64URL, HEX, Form

SERVICES = (
    Form("a Slack token", ("xoxb-", "xoxp-", "xoxa-", "xoxo-", "xoxs-", "xoxr-", "xoxe-"), "A-Za-z0-9-", 16, 230),
    Form("a Slack token", ("xoxe.xoxp-", "xoxe.xoxb-"), "A-Za-z0-9-", 16, 230),
    Form("a Slack token", ("xoxc-", "xoxd-"), "A-Za-z0-9%-", 20, 230),
    Form("a Slack token", ("xapp-",), "A-Za-z0-9-", 30, 160),
    Form("a Stripe key", ("sk_live_", "sk_test_", "rk_live_", "rk_test_"), BASE62, 14, 230, bare=True),
    Form("a Stripe webhook secret", ("whsec_",), "A-Za-z0-9+/", 24, 80, rest="={0,2}"),
    Form("a Twilio key", ("SK",), HEX, 32, confidence=0.9),
    Form("a SendGrid key", ("SG.",), BASE64URL, 16, 32, rest=r"\.[A-Za-z0-9_-]{16,64}"),
    Form("a Mailgun key", ("key-",), HEX, 32),
    Form("a Brevo key", ("xkeysib-", "xsmtpsib-"), HEX, 64, rest=r"-[A-Za-z0-9]{16}"),
    Form("a Shopify token", ("shpat_", "shpca_", "shppa_", "shpss_"), "0-9a-fA-F", 32),
    Form("a Square token", ("EAAA",), BASE64URL, 60, 64, confidence=0.85),
    Form("a Square token", ("sq0csp-", "sq0atp-", "sq0idp-"), BASE64URL, 22, 43),
    Form("a PayPal token", ("access_token$production$", "access_token$sandbox$"), "a-z0-9", 16, rest=r"\$[0-9a-f]{32}"),
    Form("a Plaid token", ("access-production-", "access-sandbox-", "access-development-"), "0-9a-f-", 36),
    Form("a Razorpay key", ("rzp_live_", "rzp_test_"), BASE62, 14, 24),
    Form("a Flutterwave key", ("FLWSECK-", "FLWSECK_TEST-"), BASE62, 20, rest=r"[A-Za-z0-9]*(?:-X)?"),
    Form("a Notion token", ("ntn_",), BASE62, 40, 60),
    Form("a Notion token", ("secret_",), BASE62, 43),
    Form("an Airtable token", ("pat",), BASE62, 14, rest=r"\.[0-9a-f]{64}"),
    Form("a HubSpot token", ("pat-na1-", "pat-na2-", "pat-eu1-"), "0-9a-f-", 36),
    Form("a Typeform token", ("tfp_",), "A-Za-z0-9_.-", 40, 70),
    Form("a Mapbox token", ("sk.eyJ",), BASE64URL, 50, 200, rest=r"\.[A-Za-z0-9_-]{20,40}", bare=True),
    Form("a Contentful token", ("CFPAT-",), BASE64URL, 43),
    Form("a Cloudinary address", ("cloudinary://",), "0-9", 10, 20, rest=r":[A-Za-z0-9_-]{20,40}"),
    Form("an EasyPost key", ("EZAK", "EZTK"), BASE62, 54),
    Form("a Duffel token", ("duffel_live_", "duffel_test_"), BASE64URL, 40, 50),
)
