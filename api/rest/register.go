package rest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"keur/accounts"
)

// MaxBody is enough for a mailing with its template; uploads have limits of
// their own.
const MaxBody = 1 << 20

// Operation is one thing that the API does.
type Operation struct {
	Method, Path, Summary string
	Access                Access
	Scope                 accounts.Scope // that a token needs for it
	Status                int
	Edits                 bool // names with If-Match what it was made on
	Once                  bool // honours Idempotency-Key
	Waits                 bool // may wait for another admin, and then answers with the change
	Streams               bool // reads its body itself, of any size
	BodyLimit             int64
	Body                  *huma.RequestBody // of what streams
	Files                 []string          // the types of what it answers, where that isn't JSON
}

// As says of which types the file is that the operation answers.
func (o Operation) As(types ...string) Operation {
	o.Files = types
	return o
}

// Read is an operation that changes nothing.
func Read(path, summary string, access Access) Operation {
	return Operation{Method: http.MethodGet, Path: path, Summary: summary, Access: access, Status: http.StatusOK, Scope: accounts.ScopeRead}
}

// Create is an operation that makes something new.
func Create(path, summary string, access Access) Operation {
	return Operation{Method: http.MethodPost, Path: path, Summary: summary, Access: access, Status: http.StatusCreated, Once: true}
}

// Edit is an operation that replaces what was read before.
func Edit(path, summary string, access Access) Operation {
	return Operation{Method: http.MethodPut, Path: path, Summary: summary, Access: access, Status: http.StatusOK, Edits: true}
}

// Put is an operation that sets something, whatever it was before.
func Put(path, summary string, access Access) Operation {
	return Operation{Method: http.MethodPut, Path: path, Summary: summary, Access: access}
}

// Patch is an operation that changes only what it names.
func Patch(path, summary string, access Access) Operation {
	return Operation{Method: http.MethodPatch, Path: path, Summary: summary, Access: access, Status: http.StatusNoContent}
}

// Act is an operation that does something with what exists.
func Act(path, summary string, access Access) Operation {
	return Operation{Method: http.MethodPost, Path: path, Summary: summary, Access: access, Status: http.StatusOK, Once: true}
}

// Ask is an operation that needs a body to say what is asked, and changes nothing.
func Ask(path, summary string, access Access) Operation {
	return Operation{
		Method: http.MethodPost, Path: path, Summary: summary, Access: access, Status: http.StatusOK, Scope: accounts.ScopeRead,
	}
}

// Remove is an operation that ends something.
func Remove(path, summary string, access Access) Operation {
	return Operation{Method: http.MethodDelete, Path: path, Summary: summary, Access: access, Status: http.StatusNoContent}
}

// Needs returns the operation with the scope that it takes, where that isn't
// what its kind and its access say.
func (o Operation) Needs(scope accounts.Scope) Operation {
	o.Scope = scope
	return o
}

// scope returns what a token needs for the operation: what changes something is
// admin's, or approve's, if only they may, and else plan's.
func (o Operation) scope() accounts.Scope {
	switch {
	case o.Scope != "":
		return o.Scope
	case o.Access.Admin:
		return accounts.ScopeAdmin
	case slices.Equal(o.Access.Roles, []accounts.Role{accounts.Approver}):
		return accounts.ScopeApprove
	}
	return accounts.ScopePlan
}

// OrWaits returns the operation as one that answers 202 and the change where
// that takes another admin.
func (o Operation) OrWaits() Operation {
	o.Waits, o.Status = true, http.StatusAccepted
	return o
}

// Register adds an operation under tag. handle reads, calls one thing and
// answers; its error becomes a problem here and nowhere else.
func Register[I, O any](k *Kit, tag string, o Operation, handle func(context.Context, *I) (*O, error)) {
	limit := max(o.BodyLimit, MaxBody)
	scope := o.scope()
	middlewares := huma.Middlewares{k.admit(o.Access, scope)}
	if o.Edits {
		middlewares = append(middlewares, k.demandMatch)
	}
	if !o.Streams {
		middlewares = append(middlewares, k.readBody(limit))
	}
	if o.Once && !o.Streams {
		middlewares = append(middlewares, k.onlyOnce)
	}
	huma.Register(k.API, huma.Operation{
		OperationID: o.id(), Method: o.Method, Path: o.Path, Summary: o.Summary, Tags: []string{tag},
		Description: fmt.Sprintf("%s Takes a token with the scope %s.", o.Access, scope), DefaultStatus: o.Status, MaxBodyBytes: limit + 1,
		Security: []map[string][]string{{"token": {string(scope)}}}, Middlewares: middlewares,
		Parameters: o.parameters(), RequestBody: o.Body, Errors: o.problems(), Responses: o.responses(),
		// readBody has the whole body, within the time that the server gives it. A
		// deadline set here would end the call itself, however long its work takes.
		BodyReadTimeout: -1,
	}, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, k.problem(ctx, o.says(), err)
		}
		return out, nil
	})
}

// problems are the statuses that a caller has to expect beside success.
func (o Operation) problems() []int {
	found := []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden}
	if strings.Contains(o.Path, "{") || o.Method == http.MethodDelete {
		found = append(found, http.StatusNotFound)
	}
	if o.Method != http.MethodGet {
		found = append(found, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	if o.Edits {
		found = append(found, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	}
	return append(found, http.StatusUnprocessableEntity, http.StatusServiceUnavailable)
}

// responses describes what the operation may answer beside JSON: a file, or
// nothing when it waits for nobody.
func (o Operation) responses() map[string]*huma.Response {
	switch {
	case o.Waits:
		return map[string]*huma.Response{strconv.Itoa(http.StatusNoContent): {Description: "Done"}}
	case len(o.Files) == 0:
		return nil
	}
	content := map[string]*huma.MediaType{}
	for _, kind := range o.Files {
		content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	return map[string]*huma.Response{strconv.Itoa(http.StatusOK): {Description: "The file", Content: content}}
}

// says returns where a caller says what is asked.
func (o Operation) says() string {
	if o.Method == http.MethodGet {
		return InQuery
	}
	return InBody
}

// id names the operation for client generators: get-labels-by-label.
func (o Operation) id() string {
	id := strings.NewReplacer("/{", "-by-", "}", "", "/", "-").Replace(o.Path)
	return strings.ToLower(o.Method) + id
}

// parameters are the headers that all operations of a kind understand.
func (o Operation) parameters() []*huma.Param {
	text := &huma.Schema{Type: "string"}
	var params []*huma.Param
	if o.Once && !o.Streams {
		params = append(params, &huma.Param{
			Name: "Idempotency-Key", In: "header", Schema: text,
			Description: "A text of your own, up to 200 characters. The same call with the same key within a day gets the first " +
				"one's answer.",
		})
	}
	if o.Edits {
		params = append(params, &huma.Param{
			Name: "If-Match", In: "header", Required: true, Schema: text,
			Description: "The ETag of what you read and now change; * whatever it is now.",
		})
	}
	return params
}
