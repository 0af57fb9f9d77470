"""What recognition costs on a board: the figures of ``watchpost bench`` and of ``benchmarks/``."""
