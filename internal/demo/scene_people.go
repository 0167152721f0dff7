package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// label is a label as the API knows it, and how its people write.
type label struct {
	ID            int      `json:"id"`
	Code          string   `json:"code"`
	Name          string   `json:"name"`
	Locale        string   `json:"locale"`
	TimeZone      string   `json:"time_zone"`
	PublicURL     string   `json:"public_url"`
	BounceDomain  string   `json:"bounce_domain"`
	ListID        string   `json:"list_id"`
	ImprintName   string   `json:"imprint_name"`
	Imprint       string   `json:"imprint_address"`
	Accent        string   `json:"accent"`
	Senders       []sender `json:"senders"`
	SeedAddresses []seed   `json:"seeds"`

	header  []string
	columns map[string]string // what the header doesn't say
	date    string
	yes, no string
	consent string // what members agreed to …
	source  string // … and where
}

type sender struct {
	ID      int64  `json:"id,omitempty"`
	Name    string `json:"name"`
	Address string `json:"address"`
	ReplyTo string `json:"reply_to"`
}

type seed struct {
	Address string `json:"address"`
	Name    string `json:"name"`
}

// theLabels are one brand in two countries.
func theLabels(public string) []label {
	return []label{
		{
			Code: "nl", Name: "Spaarpad", Locale: "nl", TimeZone: "Europe/Amsterdam", PublicURL: public, BounceDomain: "bounce.spaarpad.example",
			ListID: "acties.spaarpad.example", ImprintName: "Spaarpad B.V.", Imprint: "Keizersgracht 412\n1016 GC Amsterdam", Accent: "#0b6e4f",
			Senders:       []sender{{Name: "Spaarpad", Address: "acties@spaarpad.example", ReplyTo: "service@spaarpad.example"}},
			SeedAddresses: []seed{{Address: "proef@spaarpad.example", Name: "Proefadres"}},
			header: []string{
				"E-mailadres", "Voornaam", "Achternaam", "Geslacht", "Geboortedatum", "Woonplaats", "Postcode", "Lid sinds",
				"Gespaarde punten", "Interesses", "Toestemming", "Datum toestemming", "Toestemmingstekst", "Toestemmingsbron", "Tracking",
			},
			columns: map[string]string{"points": "Gespaarde punten", "interests": "Interesses"}, date: "02-01-2006", yes: "ja", no: "nee",
			consent: "Ja, Spaarpad mag mij aanbiedingen mailen en meten wat ik ermee doe.", source: "aanmelding op spaarpad.example",
		},
		{
			Code: "de", Name: "Sparpfad", Locale: "de", TimeZone: "Europe/Berlin", PublicURL: public, BounceDomain: "bounce.sparpfad.example",
			ListID: "angebote.sparpfad.example", ImprintName: "Sparpfad GmbH", Imprint: "Torstraße 140\n10119 Berlin", Accent: "#9a3b26",
			Senders:       []sender{{Name: "Sparpfad", Address: "angebote@sparpfad.example", ReplyTo: "service@sparpfad.example"}},
			SeedAddresses: []seed{{Address: "probe@sparpfad.example", Name: "Probeadresse"}},
			header: []string{
				"E-Mail-Adresse", "Vorname", "Nachname", "Geschlecht", "Geburtsdatum", "Ort", "PLZ", "Mitglied seit",
				"Gesammelte Punkte", "Interessen", "Einwilligung", "Einwilligungsdatum", "Einwilligungstext", "Einwilligungsquelle", "Tracking",
			},
			columns: map[string]string{"points": "Gesammelte Punkte", "interests": "Interessen"}, date: "02.01.2006", yes: "ja", no: "nein",
			consent: "Ja, Sparpfad darf mir Angebote mailen und messen, was ich damit tue.", source: "Anmeldung auf sparpfad.example",
		},
	}
}

// openLabels makes the labels, or fits those of an earlier demo to where the
// doors are now.
func (s *stage) openLabels(ctx context.Context) (string, error) {
	var there page[label]
	if err := s.admin.get(ctx, "/labels", &there); err != nil {
		return "", err
	}
	for _, l := range theLabels(s.Public) {
		at := slices.IndexFunc(there.Items, func(known label) bool { return known.Code == l.Code })
		var err error
		if at < 0 {
			err = s.admin.create(ctx, "/labels", l, &l)
		} else {
			known := there.Items[at]
			l.Senders = known.Senders // their ids stay
			err = s.admin.put(ctx, fmt.Sprintf("/labels/%d", known.ID), l, &l)
		}
		if err != nil {
			return "", err
		}
		s.labels[l.Code] = l
	}
	return "Spaarpad (nl) and Sparpfad (de), without a route out: their mail stays in the local inbox", nil
}

// person is someone who works at the publisher.
type person struct {
	client
	ID    int64  `json:"id"`
	Email string `json:"email"`
	Name  string `json:"name"`
}

// hirePeople adds three users with roles under both labels, and gives each an
// API token.
func (s *stage) hirePeople(ctx context.Context) (string, error) {
	var there page[person]
	if err := s.admin.get(ctx, "/users?limit=200", &there); err != nil {
		return "", err
	}
	for _, p := range []struct {
		into                *person
		email, name, locale string
		roles               []string
	}{
		{&s.planner, "sanne@spaarpad.example", "Sanne Hoekstra", "nl", []string{"planner", "approver"}},
		{&s.editor, "katharina@sparpfad.example", "Katharina Vogel", "de", []string{"planner", "approver"}},
		{&s.colleague, "jeroen@spaarpad.example", "Jeroen Bakker", "nl", []string{"approver", "finance"}},
	} {
		at := slices.IndexFunc(there.Items, func(known person) bool { return known.Email == p.email })
		if at >= 0 {
			*p.into = there.Items[at]
		} else if err := s.admin.create(ctx, "/users", map[string]any{
			"email": p.email, "name": p.name, "locale": p.locale,
			"roles": map[int][]string{s.labels["nl"].ID: p.roles, s.labels["de"].ID: p.roles},
		}, p.into); err != nil {
			return "", err
		}
		if err := s.Password(ctx, p.email, Password); err != nil {
			return "", err
		}
		token, err := s.Token(ctx, p.email)
		if err != nil {
			return "", err
		}
		p.into.client = client{base: s.API, token: token}
	}
	names := []string{s.planner.Name, s.editor.Name, s.colleague.Name}
	return strings.Join(names, ", ") + ", each with a password and a token of their own", nil
}
