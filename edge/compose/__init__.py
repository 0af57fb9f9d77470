"""The only place where adapters are built and joined.

One file for each process and for the register, so that none loads what it may not use: the
page's process never imports a camera, the reporting process never imports a model runtime.
Nothing here decides anything; a reader who wants to know what talks to what reads these files.
"""
