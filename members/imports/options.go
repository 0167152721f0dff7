package imports

import (
	"slices"
	"strings"
	"time"

	"keur/internal/fault"
	"keur/internal/typed"
	"keur/internal/words"
	"keur/labels"
	"keur/members"
	"keur/members/imports/standing"
	"keur/members/imports/tabular"
)

// Options say how a file is read and what it may change.
type Options struct {
	Label    labels.ID `json:"-"`
	FileName string    `json:"-"` // for people to know it again
	// Map names the header of a column for a target: email, consent, consent_at,
	// … (see the targets), or an attribute. What isn't named is guessed.
	Map map[string]string `json:"map,omitempty"`
	// Skip names columns that are left out, whatever their header means.
	Skip []string `json:"skip,omitempty"`
	// Status says of the columns that it names, by their header, what their words
	// mean: who may be mailed, who left. Words that it doesn't name mean what they
	// mean in the exports of common tools; "*" stands for all of them.
	Status map[string]map[string]standing.Standing `json:"status,omitempty"`
	// Standing is that of all members of the file. Empty: told from the file's name.
	Standing standing.Standing `json:"standing,omitempty"`
	// DateOrder is that of columns whose dates don't show it.
	DateOrder typed.Order `json:"date_order,omitempty"`
	// Types declares attributes beforehand.
	Types map[string]members.Type `json:"types,omitempty"`
	// Declare makes attributes of the columns that nobody knows, with a guessed
	// type. Without it those columns are left out.
	Declare   bool             `json:"declare,omitempty"`
	Delimiter string           `json:"delimiter,omitempty"` // one character; empty: told from the header
	Encoding  tabular.Encoding `json:"encoding,omitempty"`  // empty: told from the file
	Consent   *FileConsent     `json:"consent,omitempty"`
	Source    string           `json:"source,omitempty"` // of members that are new
	// DryRun does everything and keeps nothing.
	DryRun bool `json:"-"`
	// Rejects hears of each row and value that isn't imported. Optional.
	Rejects func(Reject) error `json:"-"`
}

// FileConsent is the proof of consent for the rows of a file that have none of
// their own.
type FileConsent struct {
	Text    string    `json:"text"` // what the members agreed to
	Version string    `json:"version,omitempty"`
	Source  string    `json:"source"`
	FormURL string    `json:"form_url,omitempty"`
	At      time.Time `json:"at"`
}

// Check returns a fault if an import can't begin with these options.
func (o Options) Check(now time.Time) error {
	var wrong fault.List
	if len(o.Delimiter) > 1 {
		wrong.Add("delimiter", "members.delimiter")
	}
	for name, typ := range o.Types {
		if err := (members.Attribute{Name: name, Type: typ}).Check(); err != nil {
			wrong.Note("types."+name, firstDetail(err))
		}
	}
	for target := range o.Map {
		if !members.IsName(target) {
			wrong.Add("map."+target, "members.attribute_name_unfit")
		}
	}
	for header, words := range o.Status {
		for _, s := range words {
			if standing.Of(s) == 0 {
				wrong.Add("status."+header, "members.standing_unknown", "standings", standingList())
			}
		}
	}
	if o.Standing != "" && standing.Of(o.Standing) == 0 {
		wrong.Add("standing", "members.standing_unknown", "standings", standingList())
	}
	if o.DateOrder != "" && o.DateOrder != typed.DayFirst && o.DateOrder != typed.MonthFirst {
		wrong.Add("date_order", "members.date_order_unknown")
	}
	if c := o.Consent; c != nil {
		if c.Text == "" {
			wrong.Add("consent.text", "members.import_consent_text")
		}
		if c.Source == "" {
			wrong.Add("consent.source", "members.import_consent_source")
		}
		if c.At.IsZero() || c.At.After(now.Add(members.ClockSkew)) {
			wrong.Add("consent.at", "members.import_consent_at")
		}
	}
	return wrong.Err()
}

// Choose makes the options say what a person wants each column to become; New
// declares an attribute. Nothing is guessed any more. Returns an invalid fault,
// with the path columns[2], for each column that can't become that, and one
// about columns if none has the addresses.
func (o *Options) Choose(columns []Column) error {
	var wrong fault.List
	o.Map, o.Types, o.Skip, o.Declare, o.Status = map[string]string{}, map[string]members.Type{}, nil, false, nil
	for i, c := range columns {
		path := columnPath(i)
		_, taken := o.Map[c.Target]
		if c.Target == toStatus || c.Target == toConsent {
			o.chooseWords(c)
		}
		switch {
		case c.Target == toStatus:
			continue
		case c.Target == Undecided:
			wrong.Add(path, "members.status_undecided")
			continue
		case c.Target == "":
			o.Skip = append(o.Skip, c.Header)
			continue
		case taken:
			wrong.Add(path, "members.column_taken")
			continue
		case slices.Contains(o.Skip, c.Header):
			wrong.Add(path, "members.same_name_left_out")
			continue
		case c.New && targets[c.Target]:
			wrong.Add(path, "members.attribute_name_taken")
			continue
		}
		if c.New {
			if err := (members.Attribute{Name: c.Target, Type: c.Type}).Check(); err != nil {
				wrong.Note(path, firstDetail(err))
				continue
			}
			o.Types[c.Target] = c.Type
		}
		o.Map[c.Target] = c.Header
	}
	if _, ok := o.Map[toEmail]; !ok {
		wrong.Add("columns", "members.address_column_missing")
	}
	return wrong.Err()
}

// WholeFile returns how all members of the file stand; empty if neither a person
// nor the file's name says so.
func (o Options) WholeFile() standing.Standing {
	if o.Standing != "" {
		return o.Standing
	}
	return standing.OfFile(o.FileName)
}

// Undecided is the target of a column that may say who left, until a person says
// whether it does.
const Undecided = "undecided"

// chooseWords keeps what a person says that the words of a column mean.
func (o *Options) chooseWords(c Column) {
	if o.Status == nil {
		o.Status = map[string]map[string]standing.Standing{}
	}
	chosen := map[string]standing.Standing{}
	for _, w := range c.Words {
		if w.Standing != "" {
			chosen[w.Word] = w.Standing
		}
	}
	o.Status[c.Header] = chosen
}

// ReadStatus reads what a word of a column means, as Column=word=standing, into
// the choices of Options.Status. Returns an invalid fault if it isn't that.
func ReadStatus(into *map[string]map[string]standing.Standing, text string) error {
	header, rest, _ := strings.Cut(text, "=")
	at := strings.LastIndexByte(rest, '=')
	if header == "" || at < 0 || standing.Of(standing.Standing(rest[at+1:])) == 0 {
		return fault.New(fault.Invalid, "members.status_form", "standings", standingList())
	}
	if *into == nil {
		*into = map[string]map[string]standing.Standing{}
	}
	if (*into)[header] == nil {
		(*into)[header] = map[string]standing.Standing{}
	}
	(*into)[header][rest[:at]] = standing.Standing(rest[at+1:])
	return nil
}

func standingList() string {
	var list []string
	for _, s := range standing.All() {
		list = append(list, string(s))
	}
	return strings.Join(list, ", ")
}

// firstDetail returns what is wrong with the first field.
func firstDetail(err error) words.Message {
	if f, ok := err.(*fault.Error); ok && len(f.Details) > 0 { //nolint:errorlint // it was made a line above
		return f.Details[0].Message
	}
	return words.OfError(err)
}
