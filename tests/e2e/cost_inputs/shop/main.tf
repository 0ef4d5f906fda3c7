variable "environment" {
  default = "prod"
}

resource "aws_iam_role" "pipeline" {
  name               = "shop-pipeline"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}

resource "aws_sagemaker_pipeline" "ranking" {
  pipeline_name         = "shop-ranking-${var.environment}"
  pipeline_display_name = "ranking"
  role_arn              = aws_iam_role.pipeline.arn

  parallelism_configuration {
    max_parallel_execution_steps = 2
  }

  pipeline_definition = templatefile("${path.module}/ranking.json", { bucket = "shop-models" })
}

resource "aws_sagemaker_endpoint_configuration" "live" {
  name = "shop-live"

  production_variants {
    variant_name           = "main"
    model_name             = "ranking"
    instance_type          = "ml.m5.xlarge"
    initial_instance_count = 1
    volume_size_in_gb      = 50
  }
}

resource "aws_sagemaker_endpoint" "live" {
  name                 = "shop-live"
  endpoint_config_name = aws_sagemaker_endpoint_configuration.live.name
}

resource "aws_appautoscaling_target" "live" {
  min_capacity       = 1
  max_capacity       = 3
  resource_id        = "endpoint/${aws_sagemaker_endpoint.live.name}/variant/main"
  scalable_dimension = "sagemaker:variant:DesiredInstanceCount"
  service_namespace  = "sagemaker"
}

resource "aws_sagemaker_notebook_instance" "lab" {
  name          = "shop-lab"
  role_arn      = aws_iam_role.pipeline.arn
  instance_type = "ml.t3.medium"
}
