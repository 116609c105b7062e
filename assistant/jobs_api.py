"""The REST API's long work: ingests looked at and steered while they run, and checks."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from zeitfrage.assistant.api import BoundedRoute, TheAssistant, TheJobs
from zeitfrage.assistant.api_models import Page
from zeitfrage.assistant.ingest_models import JobList, JobModel
from zeitfrage.assistant.problems import PROBLEM_RESPONSES
from zeitfrage.assistant.upkeep import CheckModel, CheckRequest

router = APIRouter(route_class=BoundedRoute, responses=PROBLEM_RESPONSES)


@router.get("/v1/jobs", tags=["jobs"])
def all_jobs(page: Annotated[Page, Query()], jobs: TheJobs) -> JobList:
    """List the ingests at work and the last that ended, newest first.

    Those whose client waits for them are among them.
    """
    listed = jobs.all()
    return JobList(total=len(listed), jobs=[JobModel.of(job) for job in page.of(listed)])


@router.get("/v1/jobs/{job_id}", tags=["jobs"])
def job(job_id: str, jobs: TheJobs) -> JobModel:
    """Say how far a job is."""
    return JobModel.of(jobs.get(job_id))


@router.post("/v1/jobs/{job_id}/{order}", tags=["jobs"])
def steer(job_id: str, order: Literal["pause", "resume", "cancel"], jobs: TheJobs) -> JobModel:
    """Pause a job after the articles at hand, go on with it, or stop it for good.

    What is stored stays.
    """
    job = jobs.get(job_id)
    {"pause": job.pause, "resume": job.resume, "cancel": job.cancel}[order]()
    return JobModel.of(job)


@router.post("/v1/check", tags=["articles"])
def check(asked: CheckRequest, assistant: TheAssistant) -> CheckModel:
    """Say where catalogue, terms and vectors do not agree, and mend it where asked."""
    return CheckModel.of(assistant.collection.check(asked.repair))
