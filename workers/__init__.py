"""Background work: Celery carries ids, the job rows say what is to be done."""
