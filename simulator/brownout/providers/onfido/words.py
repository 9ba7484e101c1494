"""The closed lists of words that Onfido's API takes.

(Onfido API v3.6, official OpenAPI description.)
"""

from __future__ import annotations

from typing import Final

VERSION: Final = "3.6"
ROOT: Final = "/v3.6"
"""What every path begins with."""

ACTIONS: Final = (
    "audit_log.created", "watchlist_monitor.matches_updated", "workflow_run.completed", "workflow_task.started",
    "workflow_task.completed", "check.started", "check.reopened", "check.withdrawn", "check.completed",
    "check.form_completed", "report.withdrawn", "report.resumed", "report.cancelled", "report.awaiting_approval",
    "report.completed", "workflow_timeline_file.created", "workflow_run_evidence_folder.created",
)  # fmt: skip
"""What webhooks can tell of."""

DOCUMENT_REPORTS: Final = frozenset(
    {
        "document",
        "document_video",
        "document_video_with_address_information",
        "document_with_address_information",
        "document_with_driving_licence_information",
        "document_with_driver_verification",
    }
)
FACIAL_REPORTS: Final = frozenset(
    {
        "facial_similarity_photo",
        "facial_similarity_photo_fully_auto",
        "facial_similarity_video",
        "facial_similarity_motion",
    }
)
PHOTO_REPORTS: Final = frozenset({"facial_similarity_photo", "facial_similarity_photo_fully_auto"})
"""The facial reports that compare with a live photo."""
DOCUMENT_USERS: Final = DOCUMENT_REPORTS | FACIAL_REPORTS | {"proof_of_address"}
"""The reports that can't be made without a document."""
REPORT_NAMES: Final = DOCUMENT_USERS | {
    "known_faces",
    "identity_enhanced",
    "watchlist_aml",
    "watchlist_enhanced",
    "watchlist_standard",
    "watchlist_peps_only",
    "watchlist_sanctions_only",
    "us_driving_licence",
    "device_intelligence",
    "india_pan",
}
SUB_RESULTS: Final = frozenset({"clear", "rejected", "suspected", "caution"})

ID_NUMBER_TYPES: Final = frozenset(
    {
        "ssn", "social_insurance", "tax_id", "identity_card", "driving_license", "driving_licence", "share_code",
        "voter_id", "passport", "other",
    }
)  # fmt: skip
CONSENTS: Final = frozenset({"privacy_notices_read", "ssn_verification", "phone_number_verification"})

_DOCUMENT_TYPES: Final = """
    accommodation_tenancy_certificate address_certificate adoption_certificate asylum_registration_card
    bank_building_society_statement bank_statement benefit_letters birth_certificate cbt certificate_of_naturalisation
    certificate_of_sponsorship character_reference civil_partnership_certificate consular_id council_tax
    credit_card_statement deed_poll diplomatic_id divorce_absolute_decree driving_licence educational_statement
    electricity_bill exchange_house_statement form_for_affixing_the_visa gas_bill general_letter government_letter
    home_office_letter identification_number_document identity_document_with_address immigration_status_document
    indigenous_card insurance_statement international_driving_licence internet_bill marriage_certificate
    mobile_phone_bill mortgage_statement motorcycle_insurance municipality_identity_card
    national_health_insurance_card national_identity_card national_insurance_card naturalisation_certificate
    non_uk_driving_licence p45_p60 passport passport_card payslip pension_property_statement_letter phone_bill
    postal_identity_card private_operators_card professional_identification_card
    professional_qualification_card proof_of_citizenship residence_permit residence_status_document
    right_to_work_share_code_result service_id_card social_security_card statement_fact
    t4_student_university_term_dates_evidence tax_id travel_document uk_biometric_residence_permit uk_driving_licence
    unknown utility_bill utility_bill_electric utility_bill_gas utility_bill_other vehicle_registration_card
    vehicle_registration_certificate visa voter_id water_bill work_permit
"""
DOCUMENT_TYPES: Final = frozenset(_DOCUMENT_TYPES.split())
_COUNTRIES: Final = """
    ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR BHR BHS BIH BLM BLR
    BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG COK COL COM CPV CRI CUB CUW CXR CYM CYP
    CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB GIN GLP GMB
    GNB GNQ GRC GRD GRL GTM GUF GUM GUY HKG HMD HND HRV HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA JAM JEY JOR JPN
    KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAC MAF MAR MCO MDA MDG MDV MEX MHL MKD
    MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM NCL NER NFK NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN
    PCN PER PHL PLW PNG POL PRI PRK PRT PRY PSE PYF QAT REU RKS ROU RUS RWA SAU SDN SEN SGP SGS SHN SJM SLB SLE SLV SMR
    SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK TKL TKM TLS TON TTO TUN TUR TUV TWN TZA UGA
    UKR UMI URY USA UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE
"""
COUNTRIES: Final = frozenset(_COUNTRIES.split())
"""ISO 3166-1 alpha-3, and RKS for Kosovo."""
