package main

import (
	"google.golang.org/protobuf/reflect/protoreflect"
)

// place is a field of a request: the fields that lead to it, and itself.
type place []protoreflect.FieldDescriptor

// placesOf answers every field of a type of messages, those within included. A type within itself is not entered again.
func placesOf(message protoreflect.MessageDescriptor, above place) []place {
	for _, field := range above {
		if field.ContainingMessage() == message {
			return nil
		}
	}
	var places []place
	for i := range message.Fields().Len() {
		field := message.Fields().Get(i)
		here := append(above[:len(above):len(above)], field)
		places = append(places, here)
		if field.Message() != nil && !field.IsMap() {
			places = append(places, placesOf(field.Message(), here)...)
		}
	}
	return places
}

// breakAt gives the field at a place a wrong value. A list on the way gets an entry if it has none.
func (b *breaker) breakAt(message protoreflect.Message, where place) {
	for _, field := range where[:len(where)-1] {
		if !field.IsList() {
			message = message.Mutable(field).Message()
			continue
		}
		list := message.Mutable(field).List()
		if list.Len() == 0 {
			list.AppendMutable()
		}
		message = list.Get(0).Message()
	}
	b.breakOne(message, where[len(where)-1], len(where))
}
