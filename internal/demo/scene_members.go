package demo

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding/charmap"
)

// importMembers writes each label's members to a file as such labels have
// them, and imports it.
func (s *stage) importMembers(ctx context.Context) (string, error) {
	var total Imported
	for _, part := range []struct {
		of    label
		share int // in percent
	}{{s.labels["nl"], 60}, {s.labels["de"], 40}} {
		of := part.of
		if err := s.declareInterests(ctx, of); err != nil {
			return "", err
		}
		file, err := s.writeMembers(of, s.Members*part.share/100)
		if err != nil {
			return "", err
		}
		done, err := s.Import(ctx, of.ID, file, of.columns)
		if err != nil {
			return "", err
		}
		if err := s.remember(ctx, of); err != nil {
			return "", err
		}
		total.Inserted += done.Inserted
		total.Updated += done.Updated
		total.Unchanged += done.Unchanged
		total.Rejected += done.Rejected
	}
	return fmt.Sprintf("two CSV files: %s new, %s changed, %s known; %s rows refused",
		grouped(total.Inserted), grouped(total.Updated), grouped(total.Unchanged), grouped(total.Rejected)), nil
}

// declareInterests makes the interests a set; a file can't tell that by itself.
func (s *stage) declareInterests(ctx context.Context, of label) error {
	for name, kind := range map[string]string{"interests": "set", "points": "number"} {
		if err := s.planner.put(ctx, fmt.Sprintf("/labels/%d/attributes/%s", of.ID, name), map[string]string{"type": kind}, nil); err != nil {
			return err
		}
	}
	return nil
}

// writeMembers writes n members to a CSV file and returns its name. Two rows
// more can't be imported.
func (s *stage) writeMembers(of label, n int) (string, error) {
	people, err := newPeople(of.Code, s.began.Truncate(24*time.Hour))
	if err != nil {
		return "", err
	}
	file, err := os.Create(filepath.Join(s.Folder, "members-"+of.Code+".csv"))
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	var into io.Writer = file
	if of.Code == "de" { // as a German office program saves it
		into = charmap.Windows1252.NewEncoder().Writer(file)
	}
	out := csv.NewWriter(into)
	out.Comma = ';'
	if err := out.Write(of.header); err != nil {
		return "", err
	}
	for range n {
		if err := out.Write(people.next().row(of)); err != nil {
			return "", err
		}
	}
	for _, address := range []string{"piet.puntkomma", "zonder@apenstaartje@twee.example"} {
		broken := people.next()
		broken.address = address
		if err := out.Write(broken.row(of)); err != nil {
			return "", err
		}
	}
	out.Flush()
	return file.Name(), out.Error()
}

// remember keeps what we made up about the label's members, those of an earlier
// and larger demo included.
func (s *stage) remember(ctx context.Context, of label) error {
	n, err := s.membersOf(ctx, of)
	if err != nil {
		return err
	}
	people, err := newPeople(of.Code, s.began.Truncate(24*time.Hour))
	for range n {
		m := people.next()
		s.known[m.address] = m
	}
	return err
}

// membersOf counts a label's members.
func (s *stage) membersOf(ctx context.Context, of label) (int, error) {
	var counted struct {
		N int `json:"n"`
	}
	everyone := map[string]any{"rule": map[string]any{"all": []any{}}}
	err := s.planner.create(ctx, fmt.Sprintf("/labels/%d/segments/count", of.ID), everyone, &counted)
	return counted.N, err
}

// row is the member in the columns of the label's header.
func (m *member) row(of label) []string {
	answer := func(yes bool) string {
		if yes {
			return of.yes
		}
		return of.no
	}
	return []string{
		m.address, m.first, m.last, m.gender, m.born.Format(of.date), m.city, m.postal, m.joined.Format(of.date),
		strconv.Itoa(m.points), strings.Join(m.interests, "|"),
		answer(m.consent), m.joined.Format(of.date), of.consent, of.source, answer(m.tracking),
	}
}
