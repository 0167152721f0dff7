package affiliate

import (
	"context"

	"keur/accounts"
	"keur/api/rest"
	"keur/conversions"
	"keur/internal/words"
	"keur/networks"
	"keur/networks/files"
)

// mappings is the files of networks, and how these are written.
type mappings struct{ *Resources }

func (s *mappings) register() {
	const tag = "Networks"
	rest.Register(s.Kit, tag, rest.Read("/connections/{connection}/mapping", "Read how the network writes its files",
		s.ofConnection(accounts.Viewer)), s.mapping)
	rest.Register(s.Kit, tag, rest.Act("/connections/{connection}/mapping", "Say how the network writes its files",
		s.ofConnection(accounts.Planner, accounts.Finance)), s.saveMapping)
	report := rest.Act("/connections/{connection}/file",
		"Report the transactions of a file, read by the connection's mapping, or look first at what they come to",
		s.ofConnection(accounts.Planner, accounts.Finance))
	report.BodyLimit = maxReports
	rest.Register(s.Kit, tag, report, s.reportFile)
}

func (s *mappings) mapping(ctx context.Context, in *ConnectionPath) (*rest.Answer[files.Mapping], error) {
	return rest.Answered(s.Files.Get(ctx, in.Connection))
}

func (s *mappings) saveMapping(ctx context.Context, in *struct {
	ConnectionPath
	Body files.Mapping
},
) (*rest.Answer[files.Mapping], error) {
	if err := s.Files.Save(ctx, in.Connection, in.Body); err != nil {
		return nil, err
	}
	return s.mapping(ctx, &in.ConnectionPath)
}

// file is one of a network's.
type file struct {
	Text    string `json:"text" minLength:"1"`
	Preview bool   `json:"preview,omitempty"`
}

// shownOfFile is how many of a file's transactions an answer shows.
const shownOfFile = 20

// readFile is what a file came to.
type readFile struct {
	Read     int                   `json:"read"`
	Unread   int                   `json:"unread"`
	Reports  []networks.Report     `json:"reports"`
	Refused  []refusedRow          `json:"refused"`
	Recorded *conversions.Recorded `json:"recorded,omitempty"`
}

// refusedRow is a transaction that can't be booked as it stands.
type refusedRow struct {
	Ref    string        `json:"transaction_ref"`
	Reason words.Message `json:"unread_reason"`
}

func (s *mappings) reportFile(ctx context.Context, in *struct {
	ConnectionPath
	Body file
},
) (*rest.Answer[readFile], error) {
	m, err := s.Files.Get(ctx, in.Connection)
	if err != nil {
		return nil, err
	}
	got, err := m.Read([]byte(in.Body.Text), s.Kit.Clock.Now())
	if err != nil {
		return nil, err
	}
	read := readFile{
		Read: len(got.Reports), Unread: len(got.Unread), Reports: got.Reports[:min(len(got.Reports), shownOfFile)], Refused: []refusedRow{},
	}
	for _, u := range got.Unread[:min(len(got.Unread), shownOfFile)] {
		read.Refused = append(read.Refused, refusedRow{u.Ref, words.OfError(u.Err)})
	}
	if !in.Body.Preview {
		recorded, err := s.Conversions.Record(ctx, in.Connection, conversions.ByFile, got.Reports)
		if err != nil {
			return nil, err
		}
		read.Recorded = &recorded
	}
	return rest.Answered(read, nil)
}
