"""A live dashboard, served with aiohttp: ``python -m demo`` in ``bindings/python``."""
