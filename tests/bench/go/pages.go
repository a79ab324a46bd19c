package main

import (
	"encoding/json"
	"time"
)

// Data by template. Structs are what a Go host would use, and faster for html/template than maps.
var pages = map[string]func() any{
	"rows.html":      func() any { return new(rows) },
	"table.html":     func() any { return new(table) },
	"grid.html":      func() any { return new(grid) },
	"chat.html":      func() any { return new(chat) },
	"dashboard.html": func() any { return new(dashboard) },
}

type rows struct {
	Title string
	Rows  []struct {
		ID, Name string
		Price    float64
		Stock    int
		Note     string
	}
}

type table struct {
	Title, Theme, Notice, Selected string
	Rows                           []struct{ ID, Label string }
}

type grid struct {
	Title string
	Lines []struct {
		ID    string
		Cells []struct{ ID, State, Text string }
	}
}

type chat struct {
	Room     string
	Messages []struct{ ID, From, Text string }
}

type dashboard struct {
	Title, SessionID string
	User             struct {
		Name, Initial string
		Hue           int
		IsAdmin       bool
		LastLogin     moment
	}
	Traffic struct {
		Updates            int
		Sent, Full         string
		Saved, Share       float64
		LastSent, LastFull string
	}
	Statistics map[string]struct {
		Label         string
		Value, Change float64
		Type          string
	}
	Load struct {
		Value int
		Bars  []struct {
			ID     string
			Height int
		}
	}
	Notifications []struct {
		ID, Type, Title, Message string
		CreatedAt                moment
	}
	Counter, MaxCounter int
	CounterHistory      []struct {
		ID, Action string
		Value      int
		Timestamp  moment
	}
	Tasks []struct {
		ID, Title, Priority  string
		DueDate              *moment
		Completed, IsOverdue bool
	}
	ShowCompleted  bool
	Errors         map[string]string
	LastUpdateTime moment
}

// moment is a time, in JSON {"$time": "<RFC 3339>"}.
type moment struct{ time.Time }

func (m *moment) UnmarshalJSON(text []byte) error {
	var tag struct {
		Time time.Time `json:"$time"`
	}
	err := json.Unmarshal(text, &tag)
	m.Time = tag.Time
	return err
}
