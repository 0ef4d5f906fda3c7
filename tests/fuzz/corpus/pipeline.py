from sagemaker.workflow.pipeline import Pipeline

p = Pipeline(name="x", steps=[])
