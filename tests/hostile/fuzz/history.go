package main

import (
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// ask makes a call with fields of plain values, and answers its answer.
func (m method) ask(fields map[protoreflect.Name]any) (protoreflect.Message, error) {
	request := dynamicpb.NewMessage(m.descriptor.Input())
	for name, value := range fields {
		request.Set(m.descriptor.Input().Fields().ByName(name), protoreflect.ValueOf(value))
	}
	encoded, err := proto.Marshal(request)
	if err != nil {
		return nil, err
	}
	o := m.send([][]byte{encoded})
	if o.err != nil {
		return nil, o.err
	}
	answer := dynamicpb.NewMessage(m.descriptor.Output())
	return answer, proto.Unmarshal(o.answer, answer)
}

func get(message protoreflect.Message, field protoreflect.Name) protoreflect.Value {
	return message.Get(message.Descriptor().Fields().ByName(field))
}

// checkHistory reads the whole log of changes by pages: its revisions leave nothing out, and end at the current one.
func checkHistory(methods map[string]method) error {
	revision, err := methods["CatalogService.GetRevision"].ask(nil)
	if err != nil {
		return err
	}
	current := get(revision, "revision").Int()
	last, token := int64(0), ""
	for page := 0; page == 0 || token != ""; page++ {
		answer, err := methods["CatalogService.ListChanges"].ask(map[protoreflect.Name]any{
			"from_revision": int64(0), "page_size": int32(500), "page_token": token})
		if err != nil {
			return fmt.Errorf("page %d of the changes: %w", page, err)
		}
		changes := get(answer, "changes").List()
		for i := range changes.Len() {
			next := get(changes.Get(i).Message(), "revision").Int()
			if next != last && next != last+1 {
				return fmt.Errorf("revision %d comes after %d", next, last)
			}
			last = next
		}
		token = get(answer, "next_page_token").String()
	}
	if last != current {
		return fmt.Errorf("the log of changes ends at revision %d, but the catalog is at %d", last, current)
	}
	return nil
}
