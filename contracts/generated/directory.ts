// Compiled from contracts/src/Directory.sol by `npm run generate -w @hygeia/contracts`. Do not edit.

export const abi = [
  {
    "inputs": [
      {
        "internalType": "bytes32",
        "name": "genesisHash_",
        "type": "bytes32"
      },
      {
        "components": [
          {
            "internalType": "address",
            "name": "operator",
            "type": "address"
          },
          {
            "internalType": "address",
            "name": "anchor",
            "type": "address"
          },
          {
            "internalType": "address",
            "name": "relay",
            "type": "address"
          },
          {
            "internalType": "address",
            "name": "receipt",
            "type": "address"
          },
          {
            "internalType": "bytes32",
            "name": "proxyKeyDigest",
            "type": "bytes32"
          }
        ],
        "internalType": "struct IDirectoryHospitals.Hospital[]",
        "name": "founding",
        "type": "tuple[]"
      }
    ],
    "stateMutability": "nonpayable",
    "type": "constructor"
  },
  {
    "inputs": [
      {
        "internalType": "bytes32",
        "name": "ballot",
        "type": "bytes32"
      },
      {
        "internalType": "address",
        "name": "hospital",
        "type": "address"
      }
    ],
    "name": "DirectoryAlreadyVoted",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "DirectoryEmptyGenesisHash",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "DirectoryEmptyKey",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "DirectoryEmptyKeyDigest",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint256",
        "name": "deadline",
        "type": "uint256"
      }
    ],
    "name": "DirectoryExpired",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "DirectoryForeignContract",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "signer",
        "type": "address"
      }
    ],
    "name": "DirectoryInvalidSignature",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "key",
        "type": "address"
      },
      {
        "internalType": "address",
        "name": "operator",
        "type": "address"
      }
    ],
    "name": "DirectoryKeyTaken",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "operator",
        "type": "address"
      }
    ],
    "name": "DirectoryLastHospital",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "DirectoryNoFounder",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "signer",
        "type": "address"
      },
      {
        "internalType": "uint256",
        "name": "nonce",
        "type": "uint256"
      }
    ],
    "name": "DirectoryNonceUsed",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "device",
        "type": "address"
      },
      {
        "internalType": "address",
        "name": "patient",
        "type": "address"
      }
    ],
    "name": "DirectoryNotDevicePatient",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "DirectoryTooManyHospitals",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "DirectoryUnauthorizedContract",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "DirectoryUnauthorizedHospital",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "device",
        "type": "address"
      },
      {
        "internalType": "enum IDirectory.DeviceStatus",
        "name": "status",
        "type": "uint8"
      }
    ],
    "name": "DirectoryWrongDeviceStatus",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "operator",
        "type": "address"
      },
      {
        "internalType": "enum IDirectoryHospitals.HospitalStatus",
        "name": "status",
        "type": "uint8"
      }
    ],
    "name": "DirectoryWrongHospitalStatus",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "patient",
        "type": "address"
      },
      {
        "internalType": "enum IDirectory.PatientStatus",
        "name": "status",
        "type": "uint8"
      }
    ],
    "name": "DirectoryWrongPatientStatus",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "physician",
        "type": "address"
      },
      {
        "internalType": "enum IDirectory.PhysicianStatus",
        "name": "status",
        "type": "uint8"
      }
    ],
    "name": "DirectoryWrongPhysicianStatus",
    "type": "error"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "address",
        "name": "consent",
        "type": "address"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "anchor",
        "type": "address"
      }
    ],
    "name": "ContractsSet",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "address",
        "name": "device",
        "type": "address"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "patient",
        "type": "address"
      }
    ],
    "name": "DeviceBound",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "address",
        "name": "device",
        "type": "address"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "patient",
        "type": "address"
      },
      {
        "indexed": false,
        "internalType": "bytes8",
        "name": "incarnation",
        "type": "bytes8"
      },
      {
        "indexed": false,
        "internalType": "uint64",
        "name": "lastSequence",
        "type": "uint64"
      }
    ],
    "name": "DeviceSuspended",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [],
    "name": "EIP712DomainChanged",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "address",
        "name": "operator",
        "type": "address"
      },
      {
        "indexed": false,
        "internalType": "address",
        "name": "anchor",
        "type": "address"
      },
      {
        "indexed": false,
        "internalType": "address",
        "name": "relay",
        "type": "address"
      },
      {
        "indexed": false,
        "internalType": "address",
        "name": "receipt",
        "type": "address"
      },
      {
        "indexed": false,
        "internalType": "bytes32",
        "name": "proxyKeyDigest",
        "type": "bytes32"
      }
    ],
    "name": "HospitalAdmitted",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "address",
        "name": "operator",
        "type": "address"
      }
    ],
    "name": "HospitalSuspended",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "address",
        "name": "patient",
        "type": "address"
      }
    ],
    "name": "PatientRegistered",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "address",
        "name": "physician",
        "type": "address"
      }
    ],
    "name": "PhysicianAdmitted",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "address",
        "name": "physician",
        "type": "address"
      },
      {
        "indexed": false,
        "internalType": "bytes32",
        "name": "keyDigest",
        "type": "bytes32"
      }
    ],
    "name": "PhysicianRegistered",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "address",
        "name": "physician",
        "type": "address"
      }
    ],
    "name": "PhysicianReinstated",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "address",
        "name": "physician",
        "type": "address"
      }
    ],
    "name": "PhysicianSuspended",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "bytes32",
        "name": "ballot",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "hospital",
        "type": "address"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "subject",
        "type": "address"
      },
      {
        "indexed": false,
        "internalType": "bytes4",
        "name": "action",
        "type": "bytes4"
      },
      {
        "indexed": false,
        "internalType": "uint256",
        "name": "votes",
        "type": "uint256"
      },
      {
        "indexed": false,
        "internalType": "uint256",
        "name": "majority",
        "type": "uint256"
      }
    ],
    "name": "VoteCast",
    "type": "event"
  },
  {
    "inputs": [
      {
        "components": [
          {
            "internalType": "address",
            "name": "operator",
            "type": "address"
          },
          {
            "internalType": "address",
            "name": "anchor",
            "type": "address"
          },
          {
            "internalType": "address",
            "name": "relay",
            "type": "address"
          },
          {
            "internalType": "address",
            "name": "receipt",
            "type": "address"
          },
          {
            "internalType": "bytes32",
            "name": "proxyKeyDigest",
            "type": "bytes32"
          }
        ],
        "internalType": "struct IDirectoryHospitals.Hospital",
        "name": "admitted",
        "type": "tuple"
      }
    ],
    "name": "admitHospital",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "admitPhysician",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "anchor",
    "outputs": [
      {
        "internalType": "address",
        "name": "",
        "type": "address"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "account",
        "type": "address"
      },
      {
        "internalType": "address",
        "name": "devicePatient",
        "type": "address"
      },
      {
        "internalType": "uint256",
        "name": "nonce",
        "type": "uint256"
      },
      {
        "internalType": "uint256",
        "name": "deadline",
        "type": "uint256"
      },
      {
        "internalType": "bytes",
        "name": "deviceSignature",
        "type": "bytes"
      },
      {
        "internalType": "bytes",
        "name": "patientSignature",
        "type": "bytes"
      }
    ],
    "name": "bindDevice",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "consent",
    "outputs": [
      {
        "internalType": "address",
        "name": "",
        "type": "address"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "device",
    "outputs": [
      {
        "internalType": "address",
        "name": "devicePatient",
        "type": "address"
      },
      {
        "internalType": "enum IDirectory.DeviceStatus",
        "name": "status",
        "type": "uint8"
      },
      {
        "internalType": "bytes8",
        "name": "incarnation",
        "type": "bytes8"
      },
      {
        "internalType": "uint64",
        "name": "lastSequence",
        "type": "uint64"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "domainSeparator",
    "outputs": [
      {
        "internalType": "bytes32",
        "name": "",
        "type": "bytes32"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "eip712Domain",
    "outputs": [
      {
        "internalType": "bytes1",
        "name": "fields",
        "type": "bytes1"
      },
      {
        "internalType": "string",
        "name": "name",
        "type": "string"
      },
      {
        "internalType": "string",
        "name": "version",
        "type": "string"
      },
      {
        "internalType": "uint256",
        "name": "chainId",
        "type": "uint256"
      },
      {
        "internalType": "address",
        "name": "verifyingContract",
        "type": "address"
      },
      {
        "internalType": "bytes32",
        "name": "salt",
        "type": "bytes32"
      },
      {
        "internalType": "uint256[]",
        "name": "extensions",
        "type": "uint256[]"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "genesisHash",
    "outputs": [
      {
        "internalType": "bytes32",
        "name": "",
        "type": "bytes32"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "operator",
        "type": "address"
      }
    ],
    "name": "hospital",
    "outputs": [
      {
        "components": [
          {
            "internalType": "address",
            "name": "operator",
            "type": "address"
          },
          {
            "internalType": "address",
            "name": "anchor",
            "type": "address"
          },
          {
            "internalType": "address",
            "name": "relay",
            "type": "address"
          },
          {
            "internalType": "address",
            "name": "receipt",
            "type": "address"
          },
          {
            "internalType": "bytes32",
            "name": "proxyKeyDigest",
            "type": "bytes32"
          }
        ],
        "internalType": "struct IDirectoryHospitals.Hospital",
        "name": "keys",
        "type": "tuple"
      },
      {
        "internalType": "enum IDirectoryHospitals.HospitalStatus",
        "name": "status",
        "type": "uint8"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "key",
        "type": "address"
      }
    ],
    "name": "hospitalOf",
    "outputs": [
      {
        "internalType": "address",
        "name": "operator",
        "type": "address"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "hospitalOfAnchor",
    "outputs": [
      {
        "internalType": "address",
        "name": "operator",
        "type": "address"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "hospitals",
    "outputs": [
      {
        "internalType": "address[]",
        "name": "operators",
        "type": "address[]"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "isActiveAnchor",
    "outputs": [
      {
        "internalType": "bool",
        "name": "",
        "type": "bool"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "operator",
        "type": "address"
      }
    ],
    "name": "isActiveHospital",
    "outputs": [
      {
        "internalType": "bool",
        "name": "",
        "type": "bool"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "signer",
        "type": "address"
      },
      {
        "internalType": "uint256",
        "name": "nonce",
        "type": "uint256"
      }
    ],
    "name": "isNonceUsed",
    "outputs": [
      {
        "internalType": "bool",
        "name": "",
        "type": "bool"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "majority",
    "outputs": [
      {
        "internalType": "uint256",
        "name": "",
        "type": "uint256"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "patient",
    "outputs": [
      {
        "internalType": "enum IDirectory.PatientStatus",
        "name": "status",
        "type": "uint8"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "physician",
    "outputs": [
      {
        "internalType": "enum IDirectory.PhysicianStatus",
        "name": "status",
        "type": "uint8"
      },
      {
        "internalType": "bytes32",
        "name": "keyDigest",
        "type": "bytes32"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "account",
        "type": "address"
      },
      {
        "internalType": "uint256",
        "name": "nonce",
        "type": "uint256"
      },
      {
        "internalType": "uint256",
        "name": "deadline",
        "type": "uint256"
      },
      {
        "internalType": "bytes",
        "name": "signature",
        "type": "bytes"
      }
    ],
    "name": "registerPatient",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "account",
        "type": "address"
      },
      {
        "internalType": "bytes32",
        "name": "keyDigest",
        "type": "bytes32"
      },
      {
        "internalType": "uint256",
        "name": "nonce",
        "type": "uint256"
      },
      {
        "internalType": "uint256",
        "name": "deadline",
        "type": "uint256"
      },
      {
        "internalType": "bytes",
        "name": "signature",
        "type": "bytes"
      }
    ],
    "name": "registerPhysician",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "reinstatePhysician",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "subject",
        "type": "address"
      }
    ],
    "name": "roundOf",
    "outputs": [
      {
        "internalType": "uint256",
        "name": "",
        "type": "uint256"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "newConsent",
        "type": "address"
      },
      {
        "internalType": "address",
        "name": "newAnchor",
        "type": "address"
      }
    ],
    "name": "setContracts",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "account",
        "type": "address"
      },
      {
        "internalType": "address",
        "name": "devicePatient",
        "type": "address"
      },
      {
        "internalType": "bytes8",
        "name": "incarnation",
        "type": "bytes8"
      },
      {
        "internalType": "uint64",
        "name": "lastSequence",
        "type": "uint64"
      },
      {
        "internalType": "uint256",
        "name": "nonce",
        "type": "uint256"
      },
      {
        "internalType": "uint256",
        "name": "deadline",
        "type": "uint256"
      },
      {
        "internalType": "bytes",
        "name": "signature",
        "type": "bytes"
      }
    ],
    "name": "suspendDevice",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "account",
        "type": "address"
      },
      {
        "internalType": "bytes8",
        "name": "incarnation",
        "type": "bytes8"
      },
      {
        "internalType": "uint64",
        "name": "lastSequence",
        "type": "uint64"
      }
    ],
    "name": "suspendDeviceByHospitals",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "operator",
        "type": "address"
      }
    ],
    "name": "suspendHospital",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "suspendPhysician",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "signer",
        "type": "address"
      },
      {
        "internalType": "uint256",
        "name": "nonce",
        "type": "uint256"
      }
    ],
    "name": "useNonce",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "bytes32",
        "name": "ballot",
        "type": "bytes32"
      }
    ],
    "name": "votesOn",
    "outputs": [
      {
        "internalType": "uint256",
        "name": "votes",
        "type": "uint256"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  }
] as const

/** Creation code; the constructor's arguments follow it in a deployment. */
export const bytecode =
  '0x60e060405234801561001057600080fd5b5060405161358a38038061358a83398101604081905261002f91610787565b80828061004f57604051631cb5594960e01b815260040160405180910390fd5b60808190524660a05261012c81604080518082018252600681526548796765696160d01b6020918201528151808301835260018152603160f81b9082015281517fd87cd6ef79d4e2b95e15ce8abf732db51ec771f1ca2edccf22a46c729ac56472818301527f732e095a45332912ec6cfe3a9b89586fbf1de47a7bc8f00ced767e88353851d3818401527fc89efdaa54c0f20c7adf612882df0950f5a951637e0307cdcb4c672f298b8bc660608201524660808201523060a082015260c0808201949094528251808203909401845260e001909152815191012090565b60c0525080516000036101525760405163e1b09f0560e01b815260040160405180910390fd5b60005b8151811015610246576000828281518110610172576101726108a3565b602090810291909101015151905060016001600160a01b038216600090815260026020819052604090912054600160a01b900460ff16908111156101b8576101b86108b9565b036101ed57604051632129a83760e11b81526001600160a01b0382166004820181905260248201526044015b60405180910390fd5b610215838381518110610202576102026108a3565b602002602001015161024f60201b60201c565b61023d83838151811061022a5761022a6108a3565b602002602001015161047f60201b60201c565b50600101610155565b50505050610909565b608081015161027157604051634d7a513960e01b815260040160405180910390fd5b600061027c82610691565b905060005b600481101561041657600082826004811061029e5761029e6108a3565b60200201516001600160a01b0316036102ca57604051634d7a513960e01b815260040160405180910390fd5b6000600360008484600481106102e2576102e26108a3565b602090810291909101516001600160a01b03908116835290820192909252604001600020541690508015801590610326575083516001600160a01b03828116911614155b1561036f5782826004811061033d5761033d6108a3565b6020020151604051632129a83760e11b81526001600160a01b03918216600482015290821660248201526044016101e4565b60005b8281101561040c5783836004811061038c5761038c6108a3565b60200201516001600160a01b03168482600481106103ac576103ac6108a3565b60200201516001600160a01b031603610404578383600481106103d1576103d16108a3565b60200201518551604051632129a83760e11b81526001600160a01b039283166004820152911660248201526044016101e4565b600101610372565b5050600101610281565b50600182516001600160a01b0316600090815260026020819052604090912054600160a01b900460ff1690811115610450576104506108b9565b03610459575050565b60015460401161047b57604051621e7f0160e31b815260040160405180910390fd5b5050565b600061048a82610691565b905060005b6004811015610504578251600360008484600481106104b0576104b06108a3565b60200201516001600160a01b03166001600160a01b0316815260200190815260200160002060006101000a8154816001600160a01b0302191690836001600160a01b0316021790555080600101905061048f565b5081516001600160a01b0316600090815260026020526040902060018154600160a01b900460ff16600281111561053d5761053d6108b9565b146105e657805460ff60a01b1916600160a01b17808255819060159061057290600160a81b90046001600160401b03166108cf565b82546101009290920a6001600160401b0381810219909316919092169190910217905582516001805480820182556000919091527fb10e2d527612073b26eecdfd717e6a320cf44b4afac2b0732d9fcbe2b7fa0cf60180546001600160a01b0319166001600160a01b039092169190911790555b60208381015182546001600160a01b039182166001600160a01b031991821681178555604080880151600187018054918616918516821790556060808a01516002890180549188169190961681179095556080808b015160038a018190558b51855196875298860193909352848401959095528301525193909216927fec77d575468a608171288ce026fbde57231add7102f3dfe5381d107b7069b3109281900390910190a2505050565b6106996106df565b506040805160808101825282516001600160a01b039081168252602080850151821690830152838301518116928201929092526060928301519091169181019190915290565b60405180608001604052806004906020820280368337509192915050565b634e487b7160e01b600052604160045260246000fd5b60405160a081016001600160401b0381118282101715610735576107356106fd565b60405290565b604051601f8201601f191681016001600160401b0381118282101715610763576107636106fd565b604052919050565b80516001600160a01b038116811461078257600080fd5b919050565b6000806040838503121561079a57600080fd5b825160208401519092506001600160401b038111156107b857600080fd5b8301601f810185136107c957600080fd5b80516001600160401b038111156107e2576107e26106fd565b6107f160208260051b0161073b565b80828252602082019150602060a0840285010192508783111561081357600080fd5b6020840193505b828410156108955760a0848903121561083257600080fd5b61083a610713565b6108438561076b565b81526108516020860161076b565b60208201526108626040860161076b565b60408201526108736060860161076b565b606082015260808581015190820152825260a09093019260209091019061081a565b809450505050509250929050565b634e487b7160e01b600052603260045260246000fd5b634e487b7160e01b600052602160045260246000fd5b60006001600160401b0382166002600160401b0319810161090057634e487b7160e01b600052601160045260246000fd5b60010192915050565b60805160a05160c051612c4461094660003960006114530152600061133701526000818161036001528181610b7201526113610152612c446000f3fe608060405234801561001057600080fd5b50600436106101da5760003560e01c8063973334d011610104578063c686b810116100a2578063d44427b111610071578063d44427b1146104dd578063d8952a4914610516578063e6b2109b14610529578063f698da251461053c57600080fd5b8063c686b8101461043f578063cab7e8eb14610452578063d0cdd02914610465578063d3fb73b4146104cc57600080fd5b8063b3d3404a116100de578063b3d3404a146103d0578063b6e54bdf146103e1578063bd36424e146103e9578063c59d2a53146103fc57600080fd5b8063973334d014610397578063a559ad20146103aa578063ac0b0d0f146103bd57600080fd5b806369c4bb281161017c57806389c9e88e1161014b57806389c9e88e146103145780638fed58131461032757806394391a6d1461035e57806396f7a4331461038457600080fd5b806369c4bb28146102a757806370329094146102ba5780637f3814a5146102e657806384b0196e146102f957600080fd5b80634c1f846c116101b85780634c1f846c146102255780635d2e5bdf14610250578063621014fc1461026357806365862de81461028457600080fd5b806326f387cb146101df5780632deef867146101fd5780634b3949cf14610212575b600080fd5b6101e7610544565b6040516101f491906123b1565b60405180910390f35b61021061020b366004612462565b6105a6565b005b6102106102203660046124ca565b6106d8565b61023861023336600461253b565b61084a565b6040516001600160a01b0390911681526020016101f4565b61021061025e366004612556565b6108bc565b61027661027136600461253b565b610910565b6040516101f49291906125a6565b61029761029236600461253b565b6109e3565b60405190151581526020016101f4565b6102106102b5366004612644565b610a00565b6102386102c836600461253b565b6001600160a01b039081166000908152600360205260409020541690565b6102106102f436600461253b565b610ac2565b610301610b29565b6040516101f497969594939291906126d7565b61021061032236600461278b565b610c0a565b61035061033536600461253b565b6001600160a01b031660009081526004602052604090205490565b6040519081526020016101f4565b7f0000000000000000000000000000000000000000000000000000000000000000610350565b610210610392366004612834565b610d7f565b6102976103a536600461253b565b610e28565b6102106103b836600461253b565b610e69565b6102106103cb36600461253b565b610ed0565b6006546001600160a01b0316610238565b61035061103c565b6102106103f736600461284f565b61105e565b61043161040a36600461253b565b6001600160a01b03166000908152600960205260409020805460019091015460ff90911691565b6040516101f49291906128dc565b61035061044d3660046128f7565b611192565b610297610460366004612556565b6111a6565b6104bc61047336600461253b565b6001600160a01b039081166000908152600a60205260409020805460019091015491811692600160a01b820460ff1692600160a81b90920460c01b9167ffffffffffffffff1690565b6040516101f49493929190612910565b6007546001600160a01b0316610238565b6105096104eb36600461253b565b6001600160a01b031660009081526008602052604090205460ff1690565b6040516101f49190612968565b610210610524366004612976565b6111e0565b61021061053736600461253b565b6112cc565b610350611333565b6060600180548060200260200160405190810160405280929190818152602001828054801561059c57602002820191906000526020600020905b81546001600160a01b0316815260019091019060200180831161057e575b5050505050905090565b6105af83611475565b6001600160a01b03851660009081526008602052604081205460ff16908160018111156105de576105de612580565b1461060957858160405163159aa25f60e01b81526004016106009291906129a9565b60405180910390fd5b604080517f809afcfa1a2ba4b34a907e841652875993ca64e1fd6b5fa361fada3f53d37a7160208201526001600160a01b03881691810191909152606081018690526080810185905260009060a00160405160208183030381529060405280519060200120905061067c818886866114b5565b610686878761150a565b6001600160a01b038716600081815260086020526040808220805460ff19166001179055517fc9fa2003fca4ce0dfc8cb0deae32266b715536df6685365b05b5be96ede8e49c9190a250505050505050565b6106e183611475565b84610718576040517f88f5b26100000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b6107238660006115b6565b604080517f49718db2f62feb5fea599a31a0f170f7b220e6e2d73acb5ce538b46a33646c4960208201526001600160a01b03881691810191909152606081018690526080810185905260a0810184905260009060c00160405160208183030381529060405280519060200120905061079d818885856114b5565b6107a7878661150a565b60408051808201909152806001815260209081018890526001600160a01b038916600090815260099091526040902081518154829060ff191660018360038111156107f4576107f4612580565b02179055506020918201516001909101556040518781526001600160a01b038916917f9d093cd8d2a22fdba84bfc2b0758d555ece42b155bbdd0e8952472e26c47371a910160405180910390a250505050505050565b6001600160a01b0380821660008181526003602090815260408083205485168084526002909252822080549294919390929091161480156108a7575060018154600160a01b900460ff1660028111156108a5576108a5612580565b145b6108b25760006108b4565b815b949350505050565b6006546001600160a01b03163314610902576040517f1aed8e6a000000000000000000000000000000000000000000000000000000008152336004820152602401610600565b61090c828261150a565b5050565b6040805160a0810182526000808252602082018190529181018290526060810182905260808101919091526001600160a01b0382166000908152600260205260408120818154600160a01b900460ff16600281111561097157610971612580565b0361098957549193600160a01b90920460ff16925050565b6040805160a0810182526001600160a01b0395861681528254808716602083015260018401548716928201929092526002830154909516606086015260039091015460808501529293600160a01b90930460ff1692915050565b6000806109ef8361084a565b6001600160a01b0316141592915050565b610a0b836001611636565b600080356001600160e01b031916848484610a3b886001600160a01b031660009081526004602052604090205490565b604080516001600160e01b031990961660208701526001600160a01b03909416938501939093526001600160c01b0319909116606084015267ffffffffffffffff16608083015260a082015260c001604051602081830303815290604052805190602001209050610aac84826116b8565b15610abc57610abc8484846118a1565b50505050565b610acd8160036115b6565b610ad681611969565b610add5750565b6001600160a01b038116600081815260096020526040808220805460ff19166002179055517f7de0307e0fefae4339d1dee48da57866339152af5beafe6ff175d4d61f46c74b9190a250565b6000606080600080600060606040518060400160405280600681526020016548796765696160d01b815250604051806040016040528060018152602001603160f81b81525046307f0000000000000000000000000000000000000000000000000000000000000000600067ffffffffffffffff811115610bab57610bab6129cd565b604051908082528060200260200182016040528015610bd4578160200160208202803683370190505b507f1f000000000000000000000000000000000000000000000000000000000000009d959c50939a509198509650945092509050565b610c1385611475565b6001600160a01b03871660009081526008602052604090205460ff166001816001811115610c4357610c43612580565b14610c6557878160405163159aa25f60e01b81526004016106009291906129a9565b610c70896000611636565b604080517f5f7c42fb0c32a0e49c6204b9c70a548ee1d975da4ef1d777f6d110cd46f363366020808301919091526001600160a01b038c8116838501528b166060830152608082018a905260a08083018a90528351808403909101815260c09092019092528051910120610ce6818b88886114b5565b610cf2818a86866114b5565b610cfc898961150a565b6001600160a01b038a81166000818152600a60205260408082208054948e167fffffffffffffffffffffff0000000000000000000000000000000000000000009095168517600160a01b1781559051909392917fe3d1393982a41bf73c4436b87e0fe647dafcfb90856bff0ead3f468d0ebcde4891a35050505050505050505050565b610d96610d91368390038301836129e3565b6119d0565b6000610da5602083018361253b565b9050610e0c816000356001600160e01b0319168460046000866001600160a01b03166001600160a01b0316815260200190815260200160002054604051602001610df193929190612a7c565b604051602081830303815290604052805190602001206116b8565b1561090c5761090c610e23368490038401846129e3565b611c15565b600060016001600160a01b038316600090815260026020819052604090912054600160a01b900460ff1690811115610e6257610e62612580565b1492915050565b610e748160026115b6565b610e7d81611969565b610e845750565b6001600160a01b038116600081815260096020526040808220805460ff19166003179055517f5ae889c47c0d5970659d5c3f01fba455448d6175aa1bbaaac28d9a565c56bd7e9190a250565b6001600160a01b038116600090815260026020526040902060018154600160a01b900460ff166002811115610f0757610f07612580565b14610f4e5780546040517f8d88fa12000000000000000000000000000000000000000000000000000000008152610600918491600160a01b90910460ff1690600401612b09565b600180549003610f95576040517fa5efb1da0000000000000000000000000000000000000000000000000000000081526001600160a01b0383166004820152602401610600565b6001600160a01b038216600081815260046020908152604080832054815193356001600160e01b031916928401929092528201929092526060810191909152610fe2908390608001610df1565b610fea575050565b805460ff60a01b1916600160a11b17815561100482611e43565b6040516001600160a01b038316907f58deb96f205b0b362c377ed5a5149eb4fb318b58bc1470f233a74e280cef241590600090a25050565b60015460009061104e90600290612b38565b611059906001612b5a565b905090565b61106783611475565b611072886001611636565b6001600160a01b038881166000908152600a60205260409020548116908816146110db576040517f2e86f7ec0000000000000000000000000000000000000000000000000000000081526001600160a01b03808a16600483015288166024820152604401610600565b604080517f672e8e99fa12ff248134a37431e4064af63ab26503534a206fa7ea456a98010c6020808301919091526001600160a01b038b8116838501528a1660608301526001600160c01b03198916608083015267ffffffffffffffff881660a083015260c0820187905260e0808301879052835180840390910181526101009092019092528051910120611172818985856114b5565b61117c888661150a565b6111878988886118a1565b505050505050505050565b600061119f826000611f4a565b5092915050565b6001600160a01b038216600090815260208181526040808320600885901c8452909152812054600160ff84161b1615155b90505b92915050565b6111e982612054565b6111f281612054565b30600081815260046020908152604080832054815193356001600160e01b031916848401526001600160a01b0380881685840152861660608501526080808501919091528151808503909101815260a0909301905281519101209061125790826116b8565b61126057505050565b6006805473ffffffffffffffffffffffffffffffffffffffff199081166001600160a01b03868116918217909355600780549092169285169283179091556040517f14662a0fccd762a05d5e1fa6afdd204554c4cf90fe58b5c5947f664fb71925f590600090a3505050565b6112d78160016115b6565b6112e081611969565b6112e75750565b6001600160a01b038116600081815260096020526040808220805460ff19166002179055517f926d7ef6a5ae1924554efed189649f0376c697ab0fc52c0c0b8c60bf7000bba19190a250565b60007f00000000000000000000000000000000000000000000000000000000000000004614611450576110597f0000000000000000000000000000000000000000000000000000000000000000604080518082018252600681526548796765696160d01b6020918201528151808301835260018152603160f81b9082015281517fd87cd6ef79d4e2b95e15ce8abf732db51ec771f1ca2edccf22a46c729ac56472818301527f732e095a45332912ec6cfe3a9b89586fbf1de47a7bc8f00ced767e88353851d3818401527fc89efdaa54c0f20c7adf612882df0950f5a951637e0307cdcb4c672f298b8bc660608201524660808201523060a082015260c0808201949094528251808203909401845260e001909152815191012090565b507f000000000000000000000000000000000000000000000000000000000000000090565b804211156114b2576040517ff4249b9900000000000000000000000000000000000000000000000000000000815260048101829052602401610600565b50565b6114c96114c0611333565b85858585612182565b610abc576040517f4c2629330000000000000000000000000000000000000000000000000000000081526001600160a01b0384166004820152602401610600565b6001600160a01b038216600090815260208181526040808320600885901c8452909152902054600160ff83161b1615611581576040517f655ea08f0000000000000000000000000000000000000000000000000000000081526001600160a01b038316600482015260248101829052604401610600565b6001600160a01b038216600090815260208181526040808320600885901c845290915290208054600160ff84161b1790555050565b6001600160a01b03821660009081526009602052604090205460ff168160038111156115e4576115e4612580565b8160038111156115f6576115f6612580565b146116315782816040517fce321423000000000000000000000000000000000000000000000000000000008152600401610600929190612b6d565b505050565b6001600160a01b0382166000908152600a6020526040902054600160a01b900460ff1681600281111561166b5761166b612580565b81600281111561167d5761167d612580565b146116315782816040517fd4d09907000000000000000000000000000000000000000000000000000000008152600401610600929190612b09565b33600090815260026020526040812060018154600160a01b900460ff1660028111156116e6576116e6612580565b1461171f576040517fa8e3441c000000000000000000000000000000000000000000000000000000008152336004820152602401610600565b60008061172c8533611f4a565b91509150600061173a61103c565b9050811561178a5780831015611785576040517fad77ed2700000000000000000000000000000000000000000000000000000000815260048101879052336024820152604401610600565b611861565b6000868152600560209081526040808320815180830190925233808352885467ffffffffffffffff600160a81b9091048116848601908152835460018101855593875294862093519390920180549451909216600160a01b026001600160e01b03199485166001600160a01b039485161717909155908a1692909189917faba556b1127f0aa6f94a395b11e435be68d121332c1d01eae432d753e5e8d97c9190351661183588612b8a565b604080516001600160e01b03199093168352602083018290528201879052975060600160405180910390a45b80831080159550611897576001600160a01b0387166000908152600460205260408120805490919061189290612b8a565b909155505b5050505092915050565b6001600160a01b038381166000818152600a6020908152604091829020805460c088901c600160a81b027fffffff000000000000000000ffffffffffffffffffffffffffffffffffffffff82168117600160a11b17835560018301805467ffffffffffffffff8a1667ffffffffffffffff19909116811790915585516001600160c01b03198b16815294850152919591821691161792917fe8eda3640a6d8f96d21325a55e77e498cbe32be4f110b11d34f4f514962a4f76910160405180910390a350505050565b60006111da826000356001600160e01b0319168461199c866001600160a01b031660009081526004602052604090205490565b604080516001600160e01b031990941660208501526001600160a01b03909216918301919091526060820152608001610df1565b60808101516119f257604051634d7a513960e01b815260040160405180910390fd5b60006119fd8261222c565b905060005b6004811015611b97576000828260048110611a1f57611a1f612ba3565b60200201516001600160a01b031603611a4b57604051634d7a513960e01b815260040160405180910390fd5b600060036000848460048110611a6357611a63612ba3565b602090810291909101516001600160a01b03908116835290820192909252604001600020541690508015801590611aa7575083516001600160a01b03828116911614155b15611af057828260048110611abe57611abe612ba3565b6020020151604051632129a83760e11b81526001600160a01b0391821660048201529082166024820152604401610600565b60005b82811015611b8d57838360048110611b0d57611b0d612ba3565b60200201516001600160a01b0316848260048110611b2d57611b2d612ba3565b60200201516001600160a01b031603611b8557838360048110611b5257611b52612ba3565b60200201518551604051632129a83760e11b81526001600160a01b03928316600482015291166024820152604401610600565b600101611af3565b5050600101611a02565b50600182516001600160a01b0316600090815260026020819052604090912054600160a01b900460ff1690811115611bd157611bd1612580565b03611bda575050565b60015460401161090c576040517ef3f80800000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b6000611c208261222c565b905060005b6004811015611c9a57825160036000848460048110611c4657611c46612ba3565b60200201516001600160a01b03166001600160a01b0316815260200190815260200160002060006101000a8154816001600160a01b0302191690836001600160a01b03160217905550806001019050611c25565b5081516001600160a01b0316600090815260026020526040902060018154600160a01b900460ff166002811115611cd357611cd3612580565b14611d8b57805460ff60a01b1916600160a01b178082558190601590611d0990600160a81b900467ffffffffffffffff16612bb9565b82546101009290920a67ffffffffffffffff81810219909316919092169190910217905582516001805480820182556000919091527fb10e2d527612073b26eecdfd717e6a320cf44b4afac2b0732d9fcbe2b7fa0cf601805473ffffffffffffffffffffffffffffffffffffffff19166001600160a01b039092169190911790555b60208381015182546001600160a01b0391821673ffffffffffffffffffffffffffffffffffffffff1991821681178555604080880151600187018054918616918516821790556060808a01516002890180549188169190961681179095556080808b015160038a018190558b51855196875298860193909352848401959095528301525193909216927fec77d575468a608171288ce026fbde57231add7102f3dfe5381d107b7069b3109281900390910190a2505050565b60005b816001600160a01b031660018281548110611e6357611e63612ba3565b6000918252602090912001546001600160a01b031614611e8d57611e8681612b8a565b9050611e46565b60018054611e9c908290612be6565b81548110611eac57611eac612ba3565b600091825260209091200154600180546001600160a01b039092169183908110611ed857611ed8612ba3565b9060005260206000200160006101000a8154816001600160a01b0302191690836001600160a01b031602179055506001805480611f1757611f17612bf9565b6000828152602090208101600019908101805473ffffffffffffffffffffffffffffffffffffffff191690550190555050565b60008281526005602052604081208190815b815481101561204b576000828281548110611f7957611f79612ba3565b6000918252602080832060408051808201825293909101546001600160a01b038116808552600160a01b90910467ffffffffffffffff16848401528452600290915290912090915060018154600160a01b900460ff166002811115611fe057611fe0612580565b141580612007575060208201518154600160a81b900467ffffffffffffffff908116911614155b15612013575050612043565b61201c86612b8a565b9550866001600160a01b031682600001516001600160a01b03160361204057600194505b50505b600101611f5c565b50509250929050565b60408051600481526024810182526020810180517bffffffffffffffffffffffffffffffffffffffffffffffffffffffff167fc41c2f2400000000000000000000000000000000000000000000000000000000179052905160009182916001600160a01b038516916120c591612c0f565b600060405180830381855afa9150503d8060008114612100576040519150601f19603f3d011682016040523d82523d6000602084013e612105565b606091505b509150915081158061211957508051602014155b806121405750306001600160a01b03168180602001905181019061213d9190612c2b565b14155b15611631576040517f1d7443090000000000000000000000000000000000000000000000000000000081526001600160a01b0384166004820152602401610600565b6040517f19010000000000000000000000000000000000000000000000000000000000006020820152602281018690526042810185905260009081906062016040516020818303038152906040528051906020012090506000806121e783878761227a565b509092509050600081600381111561220157612201612580565b14801561221f5750866001600160a01b0316826001600160a01b0316145b9998505050505050505050565b612234612393565b506040805160808101825282516001600160a01b039081168252602080850151821690830152838301518116928201929092526060928301519091169181019190915290565b6000808060418490036122b05784356020860135604087013560001a6122a2898285856122c4565b9550955095505050506122bb565b506000915060029050825b93509350939050565b600080807f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a08411156122ff5750600091506003905082612389565b604080516000808252602082018084528a905260ff891692820192909252606081018790526080810186905260019060a0016020604051602081039080840390855afa158015612353573d6000803e3d6000fd5b5050604051601f1901519150506001600160a01b03811661237f57506000925060019150829050612389565b9250600091508190505b9450945094915050565b60405180608001604052806004906020820280368337509192915050565b602080825282518282018190526000918401906040840190835b818110156123f25783516001600160a01b03168352602093840193909201916001016123cb565b509095945050505050565b80356001600160a01b038116811461241457600080fd5b919050565b60008083601f84011261242b57600080fd5b50813567ffffffffffffffff81111561244357600080fd5b60208301915083602082850101111561245b57600080fd5b9250929050565b60008060008060006080868803121561247a57600080fd5b612483866123fd565b94506020860135935060408601359250606086013567ffffffffffffffff8111156124ad57600080fd5b6124b988828901612419565b969995985093965092949392505050565b60008060008060008060a087890312156124e357600080fd5b6124ec876123fd565b9550602087013594506040870135935060608701359250608087013567ffffffffffffffff81111561251d57600080fd5b61252989828a01612419565b979a9699509497509295939492505050565b60006020828403121561254d57600080fd5b6111d7826123fd565b6000806040838503121561256957600080fd5b612572836123fd565b946020939093013593505050565b634e487b7160e01b600052602160045260246000fd5b600381106114b2576114b2612580565b600060c0820190506001600160a01b0384511682526001600160a01b0360208501511660208301526001600160a01b0360408501511660408301526001600160a01b0360608501511660608301526080840151608083015261260783612596565b8260a08301529392505050565b80356001600160c01b03198116811461241457600080fd5b803567ffffffffffffffff8116811461241457600080fd5b60008060006060848603121561265957600080fd5b612662846123fd565b925061267060208501612614565b915061267e6040850161262c565b90509250925092565b60005b838110156126a257818101518382015260200161268a565b50506000910152565b600081518084526126c3816020860160208601612687565b601f01601f19169290920160200192915050565b7fff000000000000000000000000000000000000000000000000000000000000008816815260e06020820152600061271260e08301896126ab565b828103604084015261272481896126ab565b606084018890526001600160a01b038716608085015260a0840186905283810360c08501528451808252602080870193509091019060005b8181101561277a57835183526020938401939092019160010161275c565b50909b9a5050505050505050505050565b60008060008060008060008060c0898b0312156127a757600080fd5b6127b0896123fd565b97506127be60208a016123fd565b96506040890135955060608901359450608089013567ffffffffffffffff8111156127e857600080fd5b6127f48b828c01612419565b90955093505060a089013567ffffffffffffffff81111561281457600080fd5b6128208b828c01612419565b999c989b5096995094979396929594505050565b600060a082840312801561284757600080fd5b509092915050565b60008060008060008060008060e0898b03121561286b57600080fd5b612874896123fd565b975061288260208a016123fd565b965061289060408a01612614565b955061289e60608a0161262c565b94506080890135935060a0890135925060c089013567ffffffffffffffff81111561281457600080fd5b600481106128d8576128d8612580565b9052565b604081016128ea82856128c8565b8260208301529392505050565b60006020828403121561290957600080fd5b5035919050565b6001600160a01b03851681526080810161292985612596565b8460208301526001600160c01b03198416604083015267ffffffffffffffff8316606083015295945050505050565b600281106128d8576128d8612580565b602081016111da8284612958565b6000806040838503121561298957600080fd5b612992836123fd565b91506129a0602084016123fd565b90509250929050565b6001600160a01b0383168152604081016129c66020830184612958565b9392505050565b634e487b7160e01b600052604160045260246000fd5b600060a08284031280156129f657600080fd5b5060405160a0810167ffffffffffffffff81118282101715612a2857634e487b7160e01b600052604160045260246000fd5b604052612a34836123fd565b8152612a42602084016123fd565b6020820152612a53604084016123fd565b6040820152612a64606084016123fd565b60608201526080928301359281019290925250919050565b6001600160e01b03198416815260e081016001600160a01b03612a9e856123fd565b1660208301526001600160a01b03612ab8602086016123fd565b1660408301526001600160a01b03612ad2604086016123fd565b1660608301526001600160a01b03612aec606086016123fd565b16608083810191909152939093013560a082015260c00152919050565b6001600160a01b0383168152604081016128ea83612596565b634e487b7160e01b600052601160045260246000fd5b600082612b5557634e487b7160e01b600052601260045260246000fd5b500490565b808201808211156111da576111da612b22565b6001600160a01b0383168152604081016129c660208301846128c8565b600060018201612b9c57612b9c612b22565b5060010190565b634e487b7160e01b600052603260045260246000fd5b600067ffffffffffffffff821667ffffffffffffffff8103612bdd57612bdd612b22565b60010192915050565b818103818111156111da576111da612b22565b634e487b7160e01b600052603160045260246000fd5b60008251612c21818460208701612687565b9190910192915050565b600060208284031215612c3d57600080fd5b505191905056'

/** keccak256 of the runtime code with every immutable zero. */
export const runtimeBytecodeHash = '0xad38f98446beff7d9402e5ab9802a007a25b5e8be8f516601ebb534b31d38487'

/** Where immutables lie in the runtime code, in bytes. */
export const immutables = [{"start":864,"length":32},{"start":2930,"length":32},{"start":4919,"length":32},{"start":4961,"length":32},{"start":5203,"length":32}] as const

/** First slot of each state variable, and where the fields of structs lie from theirs: bytes from a word's low end. */
export const storage = {
  "variables": {
    "_nonces": 0,
    "_operators": 1,
    "_seats": 2,
    "_holders": 3,
    "_rounds": 4,
    "_votes": 5,
    "_consent": 6,
    "_anchor": 7,
    "_patients": 8,
    "_physicians": 9,
    "_devices": 10
  },
  "structs": {
    "BitMap": {
      "_data": {
        "slot": 0,
        "offset": 0,
        "bytes": 32
      }
    },
    "Device": {
      "patient": {
        "slot": 0,
        "offset": 0,
        "bytes": 20
      },
      "status": {
        "slot": 0,
        "offset": 20,
        "bytes": 1
      },
      "incarnation": {
        "slot": 0,
        "offset": 21,
        "bytes": 8
      },
      "lastSequence": {
        "slot": 1,
        "offset": 0,
        "bytes": 8
      }
    },
    "Physician": {
      "status": {
        "slot": 0,
        "offset": 0,
        "bytes": 1
      },
      "keyDigest": {
        "slot": 1,
        "offset": 0,
        "bytes": 32
      }
    },
    "Seat": {
      "anchor": {
        "slot": 0,
        "offset": 0,
        "bytes": 20
      },
      "status": {
        "slot": 0,
        "offset": 20,
        "bytes": 1
      },
      "term": {
        "slot": 0,
        "offset": 21,
        "bytes": 8
      },
      "relay": {
        "slot": 1,
        "offset": 0,
        "bytes": 20
      },
      "receipt": {
        "slot": 2,
        "offset": 0,
        "bytes": 20
      },
      "proxyKeyDigest": {
        "slot": 3,
        "offset": 0,
        "bytes": 32
      }
    },
    "Vote": {
      "hospital": {
        "slot": 0,
        "offset": 0,
        "bytes": 20
      },
      "term": {
        "slot": 0,
        "offset": 20,
        "bytes": 8
      }
    }
  }
} as const
