"""A bank makes an applicant with onfido-python, as its first page shows."""

import os

import onfido

configuration = onfido.Configuration(
    api_token=os.environ["ONFIDO_API_TOKEN"], region=onfido.configuration.Region.EU, timeout=30.0
)
with onfido.ApiClient(configuration) as client:
    applicant = onfido.DefaultApi(client).create_applicant(onfido.ApplicantBuilder(first_name="Ada", last_name="Byron"))
print(applicant.first_name, applicant.last_name)
