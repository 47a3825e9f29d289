terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

# Credentials come from the environment: AWS_PROFILE.
provider "aws" {
  region = var.home_region

  default_tags {
    tags = var.tags
  }
}

provider "aws" {
  alias  = "second"
  region = var.second_region

  default_tags {
    tags = var.tags
  }
}
