"""Many people at one fair over real sockets, from outside: how fast they hear, what they hold in memory, what a kill loses.

`python manage.py bench_fair` and `python manage.py chaos_fair` run it at full size, with a server, a database and an asyncio client
of their own; tests/fairs/test_load.py and test_chaos.py run what can be run small.
"""
