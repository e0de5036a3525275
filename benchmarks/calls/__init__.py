"""What ``benchmarks/callgraph.py`` measures call graphs with: truths, tracing, tools, scores."""
