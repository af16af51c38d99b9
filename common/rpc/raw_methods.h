#ifndef COMMON_RPC_RAW_METHODS_H_
#define COMMON_RPC_RAW_METHODS_H_

namespace toolcatalog {

// The base of a service whose methods get and answer bytes, on threads of gRPC: generated code has a class template for
// each method, which this applies one after the other.
//
//   class Rpcs : public RawMethods<v1::Some::Service, v1::Some::WithRawCallbackMethod_Get, ...>::Service
template <typename Base, template <typename> class... Methods>
struct RawMethods {
  using Service = Base;
};

template <typename Base, template <typename> class First, template <typename> class... Rest>
struct RawMethods<Base, First, Rest...> {
  using Service = First<typename RawMethods<Base, Rest...>::Service>;
};

}  // namespace toolcatalog

#endif  // COMMON_RPC_RAW_METHODS_H_
