"""The trained detector: corpora, features, training, calibration, evaluation, bundles, serving."""
