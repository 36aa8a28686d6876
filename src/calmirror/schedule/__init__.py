"""What runs a sync every so often: systemd, cron, launchd or the Task Scheduler."""
