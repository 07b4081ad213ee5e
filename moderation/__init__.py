"""The core: Arabic text, the values that travel, the policy, the engine and the store.

No web, no YAML and no scikit-learn live here; import contracts check that.
"""
