"""What `calmirror doctor` looks at, each with its cure."""
