"""Personal data: finding it, and replacing it by placeholders before it leaves.

`detectors/` holds one file a kind of data; `redactor` joins what they find; `vault` remembers which placeholder
stands for what; `document` takes a redactor through a JSON document. Nothing here opens a socket or knows a wire
format.
"""
