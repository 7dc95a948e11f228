"""Sentences with names that no word beside them gives away, and sentences without; written by hand for these tests."""

from __future__ import annotations

import re
from typing import NamedTuple


class Sentence(NamedTuple):
    text: str
    names: tuple[str, ...]


#: Names stand in « ».
_WITH = """
I had lunch with «Margaret Holloway» on Thursday and she liked the proposal.
The contract was drafted by «Daniel Okafor» before the merger was announced.
Could you check whether «Priya Raman» has already received her laptop?
According to «Thomas Lindqvist», the server was restarted twice last night.
We were told by «Elena Petrova» that the shipment left Hamburg on Monday.
My neighbour «Frank Delgado» has complained about the noise again.
After the surgery «Hannah Becker» was moved to the recovery ward.
The loan application of «Samuel Adeyemi» was rejected because of missing documents.
Ask «Julia Kowalczyk» if the tickets can be refunded.
«Robert Chen» and «Lucy Hartmann» will both attend the hearing in June.
It was «Olivia Barnes» who reported the missing invoice.
The patient's sister, «Carmen Ruiz», called twice this morning.
Last week «Ahmed Hassan» resigned from the committee.
Please forward the results to «Nicole Vandenberg» in the Brussels office.
The apartment was rented to «Michael O'Brien» for two years.
I think «Sophie Laurent» wrote most of that report.
Her supervisor, «David Goldstein», approved the leave.
When «Grace Thompson» opened the parcel, two of the glasses were broken.
The complaint by «Peter Novak» concerns the heating in flat 12.
A refund of 40 euros was promised to «Isabel Fernandes» by the hotline.
The interview with «Kenji Watanabe» is planned for Friday at ten.
Nobody had told «Rachel Simmons» that the course was cancelled.
Both «Andrew Wallace» and his wife signed the lease.
The grant went to «Fatima Zahra» for her work on malaria.
Because «Victor Almeida» missed the flight, the meeting was postponed.
Dinner with «Laura Bianchi» cost more than the hotel.
We owe «Gordon McAllister» an apology for the delay.
The keys were handed over to «Emily Watson» at noon.
In the end «Stefan Krueger» paid for the damage himself.
The witness, «Angela Morris», saw the car turn left.
"""
_WITHOUT = """
The order was shipped from the warehouse in Rotterdam on Monday.
Please restart the container and check the logs of the database.
You are a helpful assistant that answers questions about invoices.
The function returns a list of tuples and raises an exception if the file is missing.
Our refund policy allows returns within thirty days of delivery.
The quarterly report shows that revenue in Europe grew by four percent.
Use the search tool before you answer, and cite the source.
The temperature in the server room rose above the limit at noon.
Two tickets to Lisbon were booked for the second week of May.
Write a short summary of the meeting in plain English.
The patient should take one tablet twice a day after meals.
Install the package, then run the tests again in a clean environment.
The new version fixes a memory leak in the scheduler.
Customers in Germany pay with a bank transfer more often than by card.
The train leaves at nine and arrives shortly before noon.
All figures are in thousands of euros unless stated otherwise.
The committee postponed the vote until the end of the month.
Make sure that the response is valid JSON without any comments.
The lease ends in December and can be renewed for a year.
Water the plants twice a week and keep them out of the sun.
"""

WITH = [
    Sentence(line.replace("«", "").replace("»", ""), tuple(re.findall("«(.*?)»", line)))
    for line in _WITH.strip().splitlines()
]
WITHOUT = _WITHOUT.strip().splitlines()
