module livetemplate.dev/livetemplate

go 1.26
