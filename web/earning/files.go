package earning

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"keur/accounts"
	"keur/conversions"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/typed"
	"keur/internal/words"
	"keur/labels"
	"keur/networks"
	"keur/networks/files"
	"keur/web/desk"
)

// networkFiles is how networks write their files, and the booking of these.
type networkFiles struct{ *Screen }

func (s *Screen) fileRoutes() []desk.Route {
	f := &networkFiles{s}
	books := []accounts.Role{accounts.Planner, accounts.Finance}
	one := desk.Of("connection", books, func(x *desk.Exchange, id int64) (networks.Connection, labels.ID, error) {
		c, err := s.Connections.Get(x.Context(), networks.ConnectionID(id))
		return c, c.LabelID, err
	})
	return []desk.Route{
		desk.Get("/transactions/files", desk.Under(books...), f.list),
		desk.Get("/transactions/files/:connection", one, f.one),
		desk.Post("/transactions/files/:connection", one, f.save),
		desk.Post("/transactions/files/:connection/look", one, f.look),
		desk.Post("/transactions/files/:connection/book", one, f.book),
	}
}

func (s *networkFiles) list(x *desk.Exchange) error {
	page, err := s.Connections.List(x.Context(), x.Label.ID, paging.Ask{Limit: paging.Most})
	if err != nil {
		return err
	}
	return x.Show("earning/files", page.Items)
}

// filesView is how a connection's network writes its files, and what one of these
// came to.
type filesView struct {
	networks.Connection
	Form     desk.Form
	Mapped   bool
	Upload   desk.Form // what was wrong with the file
	Fields   []string
	Needed   map[string]bool
	Statuses []networks.Status
	Read     *readFile

	Delimiters, Decimals, Orders []string
}

// readFile is what a file came to.
type readFile struct {
	Reports  []networks.Report
	Refused  []refused
	Read     int
	Unread   int
	Recorded *conversions.Recorded // nil: it was only looked at
}

// refused is a row that can't be booked as it stands.
type refused struct {
	Ref string
	Why words.Message
}

// shownRows is how many rows of a file are shown.
const shownRows = 20

func (s *networkFiles) one(x *desk.Exchange) error { return s.show(x, http.StatusOK, filesView{}) }

// show answers with the page of a connection's files.
func (s *networkFiles) show(x *desk.Exchange, status int, view filesView) error {
	view.Connection = desk.Found[networks.Connection](x)
	m, err := s.Files.Get(x.Context(), view.Connection.ID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if view.Mapped = err == nil; view.Form.Values == nil {
		view.Form = mappingForm(x, m)
	}
	if view.Upload.Values == nil {
		view.Upload = desk.NewForm(x.Say)
	}
	view.Fields, view.Statuses = files.Fields(), networks.Statuses()
	view.Needed = map[string]bool{"transaction": true, "commission": true, "occurred": true, "status": true}
	view.Delimiters, view.Decimals = []string{"comma", "semicolon", "tab", "pipe"}, []string{"point", "comma"}
	view.Orders = []string{string(typed.DayFirst), string(typed.MonthFirst)}
	return x.Answer(status, "earning/file", view)
}

// mappingForm is the form as a mapping fills it in; without one it begins as a
// network of the Netherlands or Germany writes.
func mappingForm(x *desk.Exchange, m files.Mapping) desk.Form {
	if m.Delimiter == "" {
		m = files.Mapping{Delimiter: "semicolon", Decimal: "comma", Dates: typed.DayFirst, Zone: x.Zone().String(), Currency: "EUR"}
	}
	f := desk.NewForm(x.Say)
	for name, value := range map[string]string{
		"delimiter": m.Delimiter, "decimal": m.Decimal, "dates": string(m.Dates), "time_zone": m.Zone, "currency": m.Currency,
		"programme_ref": m.Programme,
	} {
		f.Set(name, value)
	}
	for field, heading := range m.Columns {
		f.Set("columns."+field, heading)
	}
	for word, status := range m.Words {
		name := "words." + string(status)
		f.Set(name, strings.TrimPrefix(f.Get(name)+", "+word, ", "))
	}
	return f
}

// save keeps how the network writes.
func (s *networkFiles) save(x *desk.Exchange) error {
	c, f, err := desk.FoundWithForm[networks.Connection](x)
	if err != nil {
		return err
	}
	m := files.Mapping{
		Delimiter: f.Get("delimiter"), Decimal: f.Get("decimal"), Dates: typed.Order(f.Get("dates")), Zone: f.Field("time_zone"),
		Currency: strings.ToUpper(f.Field("currency")), Programme: f.Field("programme_ref"), Columns: map[string]string{},
		Words: networks.Words{},
	}
	for _, field := range files.Fields() {
		if heading := f.Field("columns." + field); heading != "" {
			m.Columns[field] = heading
		}
	}
	for _, status := range networks.Statuses() {
		for _, word := range strings.Split(f.Get("words."+string(status)), ",") {
			if word = strings.ToLower(strings.TrimSpace(word)); word != "" {
				m.Words[word] = status
			}
		}
	}
	if err := s.Files.Save(x.Context(), c.ID, m); err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.show(x, http.StatusUnprocessableEntity, filesView{Form: f})
	}
	x.Flash(x.Say.T("files.saved", "name", c.Name))
	return x.GoTo("/transactions/files/" + desk.Itoa(c.ID))
}

func (s *networkFiles) look(x *desk.Exchange) error { return s.read(x, false) }
func (s *networkFiles) book(x *desk.Exchange) error { return s.read(x, true) }

// read shows what a file comes to, and books that if it is to.
func (s *networkFiles) read(x *desk.Exchange, books bool) error {
	c := desk.Found[networks.Connection](x)
	answer, err := s.answer(x, c.ID)
	view := filesView{Upload: desk.NewForm(x.Say)}
	if err == nil {
		view.Read = &readFile{
			Reports: answer.Reports[:min(len(answer.Reports), shownRows)], Read: len(answer.Reports), Unread: len(answer.Unread),
		}
		for _, u := range answer.Unread[:min(len(answer.Unread), shownRows)] {
			view.Read.Refused = append(view.Read.Refused, refused{u.Ref, words.OfError(u.Err)})
		}
	}
	if err == nil && books {
		var recorded conversions.Recorded
		recorded, err = s.Conversions.Record(x.Context(), c.ID, conversions.ByFile, answer.Reports)
		view.Read.Recorded = &recorded
	}
	if err != nil {
		view.Read = nil
		if err := view.Upload.Take(err); err != nil {
			return err
		}
		return s.show(x, http.StatusUnprocessableEntity, view)
	}
	return s.show(x, http.StatusOK, view)
}

// answer reads the file that was sent, as the connection's network writes.
func (s *networkFiles) answer(x *desk.Exchange, id networks.ConnectionID) (networks.Answer, error) {
	m, err := s.Files.Get(x.Context(), id)
	if err != nil {
		return networks.Answer{}, err
	}
	desk.Stream(x, desk.MaxUpload)
	file, _, err := x.Request.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) {
		return networks.Answer{}, fault.At("file", "input.file_missing")
	}
	if err != nil {
		return networks.Answer{}, fault.At("file", "input.file_unreadable", "most", desk.MaxUpload>>20)
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(file)
	if err != nil {
		return networks.Answer{}, fault.At("file", "input.file_unreadable", "most", desk.MaxUpload>>20)
	}
	return m.Read(text, x.Now())
}
