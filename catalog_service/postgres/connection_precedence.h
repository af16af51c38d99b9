#ifndef CATALOG_SERVICE_POSTGRES_CONNECTION_PRECEDENCE_H_
#define CATALOG_SERVICE_POSTGRES_CONNECTION_PRECEDENCE_H_

#include <atomic>

namespace toolcatalog {

// Lets those connect first that the process cannot do without, when the database has few connections left. While one
// of them lacks its connection, the pools that know this get by with one connection each. Thread-safe. Must outlive
// the claims.
class ConnectionPrecedence {
 public:
  // Held by who lacks a connection.
  class Claim {
   public:
    explicit Claim(ConnectionPrecedence* precedence) : claims_(precedence->claims_) { ++claims_; }
    ~Claim() { --claims_; }
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;

   private:
    std::atomic<int>& claims_;
  };

  bool is_claimed() const { return claims_ > 0; }

 private:
  std::atomic<int> claims_ = 0;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_POSTGRES_CONNECTION_PRECEDENCE_H_
