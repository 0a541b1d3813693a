"""
How fast the service is, measured: each file is a command, `python -m benchmarks.fetching`.

What is compared runs in turns in one run, and medians are told as ratios: absolute times say more
of the machine than of the service.
"""
