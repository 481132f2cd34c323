# Every resource type the layers use or plan to use, each with the settings the constructs give it, for the question:
# does it apply, is the second plan empty, does destroy work on the emulated AWS?
terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = { source = "hashicorp/aws", version = "5.100.0" }
  }
}
provider "aws" {
  region = "us-east-1"
  default_tags {
    tags = { Project = "sitechat", Environment = "probe" }
  }
}
provider "aws" {
  alias  = "other"
  region = "eu-west-1"
}
data "aws_caller_identity" "me" {}
data "aws_region" "here" {}
data "aws_partition" "here" {}
data "aws_availability_zones" "all" { state = "available" }
locals {
  account = data.aws_caller_identity.me.account_id
}
output "account" { value = local.account }
output "zones" { value = data.aws_availability_zones.all.names }
