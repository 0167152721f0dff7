package audience

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"keur/accounts"
	"keur/api/rest"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/typed"
	"keur/internal/words"
	"keur/labels"
	"keur/members"
	"keur/members/imports"
	"keur/members/imports/lists"
	"keur/members/imports/standing"
	"keur/members/imports/tabular"
)

// ImportPath names an import under a label.
type ImportPath struct {
	rest.LabelPath
	Import int64 `path:"import"`
}

func (s *importResource) importOperations() {
	const tag = "Imports"
	upload := rest.Act("/labels/{label}/imports", "Import members from a CSV or TSV file, gzipped or not; call again to go on "+
		"after a stop", rest.Under(accounts.Planner))
	upload.Streams = true
	upload.Body = &huma.RequestBody{Required: true,
		Content: map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}
	rest.Register(s.Kit, tag, upload, s.importMembers)
	list := rest.Act("/labels/{label}/suppressions/import", "Add a file of addresses, or of their hashes, to the label's suppression "+
		"list; members who have them are suppressed, and whoever becomes one later", rest.Under(accounts.Planner))
	list.Streams = true
	list.Body = upload.Body
	rest.Register(s.Kit, tag, list, s.importSuppressions)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/imports", "List a label's imports, the newest first",
		rest.Under(accounts.Planner)), s.listImports)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/imports/{import}", "Read an import", rest.Under(accounts.Planner)), s.getImport)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/imports/{import}/rejects", "List what an import left out, by line",
		rest.Under(accounts.Planner)), s.listRejects)
}

// Upload is a file that is read as it arrives, of any size.
type Upload struct{ body io.Reader }

// Resolve takes hold of the call's body; huma calls it. A large file takes
// longer than other calls may.
func (u *Upload) Resolve(ctx huma.Context) []error {
	control := http.NewResponseController(humagin.Unwrap(ctx).Writer)
	_ = control.SetReadDeadline(time.Time{})  // not every writer has deadlines
	_ = control.SetWriteDeadline(time.Time{}) // and then none is in the way
	u.body = ctx.BodyReader()
	return nil
}

// Read reads the file. What is wrong with it is the caller's to know.
func (u *Upload) Read(b []byte) (int, error) {
	n, err := u.body.Read(b)
	if err != nil && err != io.EOF { //nolint:errorlint // io.Reader's own contract
		err = fault.Wrap(err, fault.Invalid, "api.file_cut_off")
	}
	return n, err
}

// importing is a file of members with what to make of it.
type importing struct {
	rest.LabelPath
	Upload
	FileName       string            `query:"file_name" doc:"For people to know it again"`
	Map            []string          `query:"map,explode" doc:"Columns that can't be guessed: email=Adres"`
	Skip           []string          `query:"skip,explode" doc:"Columns to leave out, by their header"`
	Status         []string          `query:"status,explode" doc:"What a word says of who may be mailed, where the import asks: Status=gone=unsubscribed; * is any other word"`
	Standing       standing.Standing `query:"standing" enum:"subscribed,unsubscribed,bounced,complained,declined,never,pending,silent" doc:"Of all members of the file; told from its name otherwise, such as unsubscribed.csv"`
	DateOrder      typed.Order       `query:"date_order" enum:"day_first,month_first" doc:"Of dates such as 03/04/1981 in columns that don't show it"`
	Types          []string          `query:"types,explode" doc:"Attributes to declare: birth_date=date"`
	Declare        bool              `query:"declare" doc:"Make attributes of columns that nobody knows"`
	Delimiter      string            `query:"delimiter" doc:"Told from the file otherwise"`
	Encoding       tabular.Encoding  `query:"encoding" doc:"utf-8, windows-1252 or utf-16; told from the file otherwise"`
	ConsentText    string            `query:"consent_text" doc:"What the members agreed to, where the file doesn't say it; without proof they can't be mailed"`
	ConsentVersion string            `query:"consent_version"`
	ConsentSource  string            `query:"consent_source" doc:"Where they agreed"`
	ConsentURL     string            `query:"consent_url" doc:"Page of the form"`
	ConsentAt      time.Time         `query:"consent_at" doc:"When they agreed"`
	Source         string            `query:"source" default:"import" doc:"Where new members come from"`
	DryRun         bool              `query:"dry_run" doc:"Do everything and keep nothing"`
}

func (s *importResource) importMembers(ctx context.Context, in *importing) (*rest.Answer[imports.Import], error) {
	options, err := in.options()
	if err != nil {
		return nil, err
	}
	return rest.Answered(s.Importer.Run(ctx, options, &in.Upload, nil))
}

func (in *importing) options() (imports.Options, error) {
	var wrong fault.List
	o := imports.Options{
		Label: in.Label, FileName: in.FileName, Map: pairs(&wrong, "map", in.Map), Types: map[string]members.Type{},
		Declare: in.Declare, Delimiter: in.Delimiter, Encoding: in.Encoding, Source: in.Source, DryRun: in.DryRun,
		Skip: in.Skip, Status: statuses(&wrong, in.Status), Standing: in.Standing, DateOrder: in.DateOrder,
	}
	for name, kind := range pairs(&wrong, "types", in.Types) {
		o.Types[name] = members.Type(kind)
	}
	if in.ConsentText != "" || in.ConsentSource != "" || !in.ConsentAt.IsZero() {
		o.Consent = &imports.FileConsent{
			Text: in.ConsentText, Version: in.ConsentVersion, Source: in.ConsentSource, FormURL: in.ConsentURL, At: in.ConsentAt,
		}
	}
	return o, wrong.Err()
}

// pairs reads name=value.
func pairs(wrong *fault.List, path string, texts []string) map[string]string {
	found := map[string]string{}
	for _, text := range texts {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			wrong.Add(path, "api.name_value")
		}
		found[name] = value
	}
	return found
}

// statuses reads column=word=standing.
func statuses(wrong *fault.List, texts []string) map[string]map[string]standing.Standing {
	var found map[string]map[string]standing.Standing
	for _, text := range texts {
		if err := imports.ReadStatus(&found, text); err != nil {
			wrong.Note("status", words.OfError(err))
		}
	}
	return found
}

// listing is a file of addresses that mustn't be mailed.
type listing struct {
	rest.LabelPath
	Upload
	FileName string         `query:"file_name" doc:"For people to know it again"`
	Reason   members.Reason `query:"reason" enum:"unsubscribe,complaint,hard_bounce,manual" default:"manual" doc:"Of entries whose row gives none"`
}

func (s *importResource) importSuppressions(ctx context.Context, in *listing) (*rest.Answer[lists.Result], error) {
	return rest.Answered(lists.Import(ctx, s.Members, lists.Options{Label: in.Label, FileName: in.FileName, Reason: in.Reason}, &in.Upload))
}

func (s *importResource) listImports(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
},
) (*rest.Answer[paging.Page[imports.Import]], error) {
	return rest.Answered(s.Importer.Imports(ctx, in.Label, in.Ask()))
}

func (s *importResource) getImport(ctx context.Context, in *ImportPath) (*rest.Answer[imports.Import], error) {
	return rest.Answered(s.importOf(ctx, in.Label, in.Import))
}

func (s *importResource) listRejects(ctx context.Context, in *struct {
	ImportPath
	rest.Paging
},
) (*rest.Answer[paging.Page[imports.Reject]], error) {
	if _, err := s.importOf(ctx, in.Label, in.Import); err != nil {
		return nil, err
	}
	return rest.Answered(s.Importer.Rejects(ctx, in.Import, in.Ask()))
}

// importOf returns the import if it is one of the label's.
func (s *importResource) importOf(ctx context.Context, label labels.ID, id int64) (imports.Import, error) {
	found, err := s.Importer.Import(ctx, id)
	if err == nil && found.Label != label {
		err = fault.New(fault.NotFound, "api.no_such_import")
	}
	return found, err
}
