"""Google's generateContent (`POST …/models/M:generateContent`, `:streamGenerateContent`, and `:countTokens`, which
costs nothing but carries the text), as the Gemini API and Vertex AI speak it.

Fields as in Google's references ("Generating content", REST resource models). The model stands in the path. A stream is
a JSON array unless the query says `alt=sse`, and every piece of it tells the usage so far. The documents are the JSON
form of protocol buffers: each field has two spellings, a number may be written as text, and a list of one as the one.
"""

from akios_jail.providers.google_generate.wire import GoogleGenerate

__all__ = ["GoogleGenerate"]
