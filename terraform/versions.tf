# Written for both majors of the provider; run with 5.100 (see README.md, "Verify on AWS").
# Terraform 1.11 is the first with write-only arguments, which keep webhooks out of the state.
terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}
