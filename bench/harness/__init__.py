"""Parts of bench/run: inputs, measuring, works, peers, machine facts and tables."""
