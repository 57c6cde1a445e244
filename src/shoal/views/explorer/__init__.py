"""The explorer: a page in the browser over a run folder, where clusters are seen and edited.

It reads the run folder and computes nothing that a stage owns; what an edit changes is renewed by
the stages. `serving` starts the server, `app` has its addresses, `guard` keeps strangers out.
"""
