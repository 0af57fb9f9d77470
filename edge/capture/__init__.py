"""Pictures in: from cameras, streams, video files and folders, as frames."""
