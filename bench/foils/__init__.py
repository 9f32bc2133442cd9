"""Other ways to count a batch, each in a file of its own, under the faults that Tallygate's is proved under.

The seven are those of "Implement resource counters with Amazon DynamoDB" (AWS Database Blog), then a Distributed Map
with a child per item, and with a child per 100 items; the yardstick is Tallygate's own protocol.
"""
